import { expect, it } from 'vitest';

import { civilIn, instantIn } from './zone';

it.each([
  ['2026-01-15T09:00', 'Europe/Paris', '2026-01-15T08:00:00.000Z'],
  ['2026-07-15T09:00', 'Europe/Paris', '2026-07-15T07:00:00.000Z'],
  // In the night of the fold 02:30 comes twice; the first is meant.
  ['2026-10-25T02:30', 'Europe/Paris', '2026-10-25T00:30:00.000Z'],
  ['2026-10-25T03:30', 'Europe/Paris', '2026-10-25T02:30:00.000Z'],
  ['2026-06-01T00:00', 'America/New_York', '2026-06-01T04:00:00.000Z'],
  ['2026-06-01T12:00', 'UTC', '2026-06-01T12:00:00.000Z'],
])('%s in %s is %s', (civil, zone, instant) => {
  expect(instantIn(civil, zone)).toBe(instant);
  const back = civilIn(instant, zone);
  expect(`${back.date}T${back.time}`).toBe(civil);
});

it('moves a time that is skipped in spring past the gap', () => {
  const { date, time } = civilIn(instantIn('2026-03-29T02:30', 'Europe/Paris'), 'Europe/Paris');
  expect([date, time]).toEqual(['2026-03-29', '03:30']);
});
