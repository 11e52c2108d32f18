import { expect, it } from 'vitest';

import { monthsOf, usualMonth } from './data';

const basis = (first_day: string, last_day: string) => ({ first_day, last_day, clients: [], pools: [], teams: [] });

it('cuts what was recorded into months, the newest first', () => {
  expect(monthsOf(basis('2026-10-14', '2026-12-02'))).toEqual([
    { first: '2026-12-01', last: '2026-12-02' }, { first: '2026-11-01', last: '2026-11-30' }, { first: '2026-10-14', last: '2026-10-31' },
  ]);
  expect(monthsOf({ ...basis('', ''), first_day: null, last_day: null })).toEqual([]);
});

it('begins with the newest whole month, else with the longest', () => {
  expect(usualMonth(basis('2026-10-14', '2026-12-02'))?.first).toBe('2026-11-01');
  expect(usualMonth(basis('2026-11-03', '2026-12-02'))?.first).toBe('2026-11-03');
  expect(usualMonth(basis('2026-10-01', '2026-10-31'))).toEqual({ first: '2026-10-01', last: '2026-10-31' });
});
