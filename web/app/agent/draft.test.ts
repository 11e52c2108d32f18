import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

/** The module as a page has it that was just loaded: nothing in memory, the storage as it was. */
async function loaded() {
  vi.resetModules();
  return import('./draft');
}

describe('drafts', () => {
  const saved: string[] = [];
  let reachable = false;

  beforeEach(() => {
    localStorage.clear();
    saved.length = 0;
    reachable = false;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    vi.stubGlobal('fetch', (_: string, asked: RequestInit) => {
      if (!reachable) return Promise.reject(new TypeError('offline'));
      saved.push(String(asked.body));
      return Promise.resolve(new Response(null, { status: 204 }));
    });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('survive a reload before the server has them, and are then saved there', async () => {
    (await loaded()).draftOf('anna', 'c1', 'Good').write('Good morning, I will loo');
    reachable = true;
    const again = (await loaded()).draftOf('anna', 'c1', 'Good');
    expect(again.cell.get()).toEqual({ text: 'Good morning, I will loo', saved: 'saving' });
    await vi.advanceTimersByTimeAsync(700);
    expect(saved.at(-1)).toBe('{"body":"Good morning, I will loo"}');
    expect(again.cell.get().saved).toBe('saved');
    // The server has them now, so what it keeps is right from here on.
    expect((await loaded()).draftOf('anna', 'c1', 'From the other computer').cell.get().text).toBe('From the other computer');
  });

  it('are never another person’s, neither in this page nor after a reload', async () => {
    const page = await loaded();
    page.draftOf('anna', 'c1', '').write('Between us: he is difficult');
    expect(page.draftOf('ben', 'c1', '').cell.get().text).toBe('');
    expect((await loaded()).draftOf('ben', 'c1', '').cell.get().text).toBe('');
  });

  it('are gone once sent, when the contact leaves the desk, at sign-out, and after a day', async () => {
    const page = await loaded();
    const of = async (contact: string) => (await loaded()).draftOf('anna', contact, '').cell.get().text;
    for (const contact of ['sent', 'left', 'kept', 'old']) page.draftOf('anna', contact, '').write('words');
    page.draftOf('anna', 'sent', '').clear();
    page.forgetDrafts(new Set(['sent', 'kept', 'old']));
    expect(await of('sent')).toBe('');
    expect(await of('left')).toBe('');
    expect(await of('kept')).toBe('words');
    vi.setSystemTime(Date.now() + 25 * 3_600_000);
    expect(await of('old')).toBe('');
    page.draftOf('anna', 'new', '').write('words');
    (await import('./unsent')).forgetUnsent();
    expect(await of('new')).toBe('');
  });
});
