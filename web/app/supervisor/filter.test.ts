import { describe, expect, it } from 'vitest';

import type { BoardAgent } from '../api/types';
import { compare, count, passes } from './filter';

const agent = (name: string, kind: BoardAgent['state']['kind'], change: Partial<BoardAgent> = {}): BoardAgent => ({
  id: name, name, state: { kind, reason: null, since: '2026-11-22T09:00:00Z' }, pools: [], contacts: [], points_used: 0, answered: 0, missed: 0, ...change,
});

describe('agents', () => {
  it('are each in one counter', () => {
    const all = [
      agent('a', 'available'), agent('b', 'consulting'), agent('c', 'holding'), agent('d', 'lost'),
      agent('e', 'away', { state: { kind: 'away', reason: 'no_answer', since: '' } }), agent('f', 'away', { state: { kind: 'away', reason: 'lunch', since: '' } }),
    ];
    const counts = count(all);
    expect(counts).toMatchObject({ available: 1, holding: 2, no_answer: 2, away: 1 });
    expect(Object.values(counts).reduce((sum, n) => sum + n, 0)).toBe(all.length);
  });

  it('are shown when signed out only if asked for', () => {
    const out = agent('Zoé', 'signed_out');
    expect([passes(out, {}), passes(out, { state: 'signed_out' }), passes(out, { find: 'zoe' })]).toEqual([false, true, true]);
  });

  it('who need somebody come first by state, the longest of them on top', () => {
    const all = [
      agent('free', 'available'), agent('late', 'lost', { state: { kind: 'lost', since: '2026-11-22T09:05:00Z' } }),
      agent('early', 'lost', { state: { kind: 'lost', since: '2026-11-22T09:01:00Z' } }), agent('busy', 'talking'),
    ];
    expect(all.sort(compare('state')).map(({ name }) => name)).toEqual(['early', 'late', 'busy', 'free']);
  });
});
