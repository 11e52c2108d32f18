import { describe, expect, it, vi } from 'vitest';

import { Cell, Rows } from './store';

const frame = (): Promise<void> => new Promise((resolve) => requestAnimationFrame(() => resolve()));

describe('rows', () => {
  const make = () => new Rows<{ id: string; n: number }>(({ id }) => id);

  it('tell once per frame, however many changed', async () => {
    const rows = make();
    const told = vi.fn<() => void>();
    rows.subscribe(told);
    rows.replace([{ id: 'a', n: 1 }, { id: 'b', n: 1 }]);
    rows.put([{ id: 'a', n: 2 }]);
    rows.put([{ id: 'b', n: 2 }]);
    expect(told).not.toHaveBeenCalled();
    await frame();
    expect(told).toHaveBeenCalledTimes(1);
  });

  it('keep the place and the object of what did not change', () => {
    const rows = make();
    const b = { id: 'b', n: 1 };
    rows.replace([{ id: 'a', n: 1 }, b, { id: 'c', n: 1 }]);
    rows.put([{ id: 'a', n: 2 }]);
    rows.remove(['c', 'never there']);
    expect(rows.all()).toEqual([{ id: 'a', n: 2 }, b]);
    expect(rows.all()[1]).toBe(b);
    expect(rows.all()).toBe(rows.all());
  });

  it('tell also while the tab is hidden, when there are no frames', async () => {
    vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
    vi.stubGlobal('requestAnimationFrame', () => 0);
    const rows = make();
    const told = vi.fn<() => void>();
    rows.subscribe(told);
    rows.put([{ id: 'a', n: 1 }]);
    await Promise.resolve();
    expect(told).toHaveBeenCalledTimes(1);
    vi.unstubAllGlobals();
  });
});

describe('a cell', () => {
  it('that is typed into tells at once', () => {
    const cell = new Cell('', 'now');
    const told = vi.fn<() => void>();
    cell.subscribe(told);
    cell.set('a');
    cell.set('a');
    expect(told).toHaveBeenCalledTimes(1);
  });
});
