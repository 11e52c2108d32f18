import { expect, it } from 'vitest';

import { daysOf } from './Preview';

it('lays open spans out by civil day, cut at midnight, across a clock change', () => {
  const days = daysOf(
    {
      from: '2026-10-23T22:00:00Z', until: '2026-10-26T23:00:00Z',
      open: [
        { from: '2026-10-24T07:00:00Z', until: '2026-10-24T16:00:00Z' },
        // From Saturday evening over the longer Sunday to the end of it.
        { from: '2026-10-24T20:00:00Z', until: '2026-10-25T23:00:00Z' },
      ],
    },
    'Europe/Paris',
  );
  expect(days).toEqual([
    { date: '2026-10-24', spans: ['09:00–18:00', '22:00–24:00'] },
    { date: '2026-10-25', spans: ['00:00–24:00'] },
    { date: '2026-10-26', spans: [] },
  ]);
});
