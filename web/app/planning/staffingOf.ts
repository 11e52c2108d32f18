import type { DemandForecast, StaffingRequest } from '../api/types';
import type { PromiseSearch } from './promise';

/** A promise where the contract says none: a client without one in force, or all together. */
export const USUAL = { threshold: 20, target: 80 };
/** A mean handle time where none was recorded, in seconds. */
export const USUAL_HANDLE_S = 240;

/** What is asked of the server, from a forecast and what the address says otherwise. */
export function staffingOf(forecast: DemandForecast, search: PromiseSearch): StaffingRequest {
  return {
    interval_s: forecast.interval_s,
    shrinkage: (search.shrinkage ?? 30) / 100,
    max_occupancy: search.occupancy ? search.occupancy / 100 : null,
    patience_s: search.patience ?? forecast.patience_s ?? null,
    intervals: forecast.slots.map(({ from, contacts, high, handle_s, threshold_s, target_percent }) => ({
      from, contacts: search.high ? high : contacts, handle_s: search.handle ?? handle_s ?? USUAL_HANDLE_S,
      threshold_s: search.threshold ?? threshold_s ?? USUAL.threshold, target: (search.target ?? target_percent ?? USUAL.target) / 100,
    })),
  };
}
