import { describe, expect, it } from 'vitest';

import { instantOf, wallOf } from '../ui/day';
import { untils } from './until';

const shown = (now: string, zone = 'Europe/Paris') => untils(Date.parse(now), zone).map(({ name, at }) => `${name} ${at.toISOString()}`);

describe('ends to choose', () => {
  it('are in the client’s zone, the nearest first', () => {
    // A Friday at nine in Paris.
    expect(shown('2026-11-27T08:00:00Z')).toEqual([
      'evening 2026-11-27T17:00:00.000Z', 'tomorrow 2026-11-28T07:00:00.000Z', 'monday 2026-11-30T07:00:00.000Z', 'week 2026-12-04T07:00:00.000Z',
    ]);
  });

  it('name no evening when it is here, and no Monday when that is tomorrow', () => {
    expect(shown('2026-11-29T17:00:00Z').map((one) => one.split(' ')[0])).toEqual(['tomorrow', 'week']);
    expect(shown('2026-11-30T23:30:00Z', 'America/New_York')[1]).toBe('monday 2026-12-07T13:00:00.000Z');
  });

  it('keep eight in the morning over a change of clocks', () => {
    expect(shown('2026-10-24T18:00:00Z')).toEqual(['tomorrow 2026-10-25T07:00:00.000Z', 'monday 2026-10-26T07:00:00.000Z', 'week 2026-10-31T07:00:00.000Z']);
    expect(instantOf('2026-03-29', '02:30', 'Europe/Paris').toISOString()).toBe('2026-03-29T01:30:00.000Z');
    expect(wallOf(Date.parse('2026-10-25T01:30:00Z'), 'Europe/Paris')).toBe('2026-10-25T02:30');
  });
});
