import { describe, expect, it } from 'vitest';

import type { DemandForecast } from '../api/types';
import { promiseSearch } from './promise';
import { staffingOf } from './staffingOf';
import { asked, forecastSearch } from './useForecast';

describe('what an address asks of planning', () => {
  it('keeps what is known, and drops the rest', () => {
    expect(forecastSearch({ client: 'c', channel: 'voice', weeks: '8', days: 7.5, interval: -30, day: '', other: 'x' })).toEqual({ client: 'c', channel: 'voice', weeks: 8 });
    expect(forecastSearch({ channel: 'pigeon' })).toEqual({});
    expect(asked({ weeks: 8 })).toEqual({ weeks: 8, days: 14, interval_min: 30 });
    expect(promiseSearch({ target: 100, threshold: 20, shrinkage: 0, occupancy: '85', high: 'yes' })).toEqual({ threshold: 20, shrinkage: 0 });
    expect(promiseSearch({ high: true })).toEqual({ high: true });
  });
});

describe('what is staffed', () => {
  const forecast: DemandForecast = {
    interval_s: 1800, coverage: 0.9, method: 'regression', held_back_days: 9, judged: [], history: [], left_out: [], special_days: [], patience_s: 180,
    slots: [
      { from: '2026-11-30T08:00', contacts: 12, low: 8, high: 16, handle_s: 200, threshold_s: 30, target_percent: 90 },
      { from: '2026-11-30T08:30', contacts: 14, low: 9, high: 19 },
    ],
  };

  it('is the expected contacts under the contract, and what is usual where nothing is known', () => {
    expect(staffingOf(forecast, {})).toEqual({
      interval_s: 1800, shrinkage: 0.3, max_occupancy: null, patience_s: 180,
      intervals: [
        { from: '2026-11-30T08:00', contacts: 12, handle_s: 200, threshold_s: 30, target: 0.9 },
        { from: '2026-11-30T08:30', contacts: 14, handle_s: 240, threshold_s: 20, target: 0.8 },
      ],
    });
  });

  it('is the upper end, and what was typed, where that is asked', () => {
    const typed = staffingOf(forecast, { high: true, target: 95, threshold: 10, handle: 120, patience: 60, shrinkage: 0, occupancy: 85 });
    expect(typed).toMatchObject({ shrinkage: 0, max_occupancy: 0.85, patience_s: 60 });
    expect(typed.intervals.map(({ contacts }) => contacts)).toEqual([16, 19]);
    expect(typed.intervals[0]).toMatchObject({ handle_s: 120, threshold_s: 10, target: 0.95 });
  });
});
