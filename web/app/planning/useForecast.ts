// The forecast that several screens of planning start from, by what the address asks for.
import { keepPreviousData, skipToken, useQuery, useQueryClient } from '@tanstack/react-query';

import { api } from '../api/client';
import type { ChannelKind, DemandForecast } from '../api/types';

/** Whose days to come are shown, kept in the address. */
export type ForecastSearch = { client?: string | undefined; channel?: ChannelKind | undefined; weeks?: number | undefined; days?: number | undefined; interval?: number | undefined; day?: string | undefined };

const CHANNELS: readonly string[] = ['voice', 'chat', 'mail', 'message', 'callback'] satisfies readonly ChannelKind[];
const isChannel = (value: unknown): value is ChannelKind => typeof value === 'string' && CHANNELS.includes(value);

/** Keeps what an address may ask for. */
export function forecastSearch(search: Record<string, unknown>): ForecastSearch {
  const text = (name: string): string | undefined => (typeof search[name] === 'string' && search[name] !== '' ? String(search[name]) : undefined);
  const number = (name: string): number | undefined => {
    const value = Number(search[name]);
    return Number.isInteger(value) && value > 0 ? value : undefined;
  };
  return {
    client: text('client'), channel: isChannel(search['channel']) ? search['channel'] : undefined, weeks: number('weeks'), days: number('days'), interval: number('interval'), day: text('day'),
  } as ForecastSearch; // keys without a value are dropped from the address
}

/** The question behind an address. */
export const asked = ({ client, channel, weeks, days, interval }: ForecastSearch) => ({
  ...(client ? { client } : {}), ...(channel ? { channel } : {}), weeks: weeks ?? 13, days: days ?? 14, interval_min: interval ?? 30,
});

export const FORECAST = 'forecast';

const FILE = ['forecast-of-file'];

/** The forecast of a file that stands in place of the journal's on every screen, until it is put away or the page is left. */
export function useFileForecast(): { ofFile: DemandForecast | undefined; put: (forecast: DemandForecast | undefined) => void } {
  const queries = useQueryClient();
  const { data } = useQuery<DemandForecast | null>({ queryKey: FILE, queryFn: skipToken, initialData: null, staleTime: Number.POSITIVE_INFINITY, gcTime: Number.POSITIVE_INFINITY });
  return { ofFile: data ?? undefined, put: (forecast) => queries.setQueryData(FILE, forecast ?? null) };
}

/** The forecast from the floor's own journal, or the one of a file in its place. */
export function useForecast(search: ForecastSearch) {
  const query = asked(search);
  const { ofFile } = useFileForecast();
  const found = useQuery({
    queryKey: [FORECAST, query],
    queryFn: async ({ signal }) => (await api.GET('/api/v1/planning/forecast', { params: { query }, signal })).data,
    placeholderData: keepPreviousData, retry: false, enabled: !ofFile, staleTime: 300_000,
  });
  return { ...found, ...(ofFile ? { data: ofFile, error: null } : { data: found.error ? undefined : found.data }) };
}
