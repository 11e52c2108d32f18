/** What a staffing is to keep, where it is said in the address: percents and seconds. */
export type PromiseSearch = {
  target?: number | undefined; threshold?: number | undefined; handle?: number | undefined; patience?: number | undefined; shrinkage?: number | undefined; occupancy?: number | undefined;
  /** Staffed for the upper end of the forecast, not for what is expected. */
  high?: boolean | undefined;
};

/** Keeps what an address may say of a promise. */
export function promiseSearch(search: Record<string, unknown>): PromiseSearch {
  const number = (name: string, least: number, most: number): number | undefined => {
    const value = search[name];
    return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most ? value : undefined;
  };
  return {
    target: number('target', 1, 99), threshold: number('threshold', 1, 86_400), handle: number('handle', 1, 86_400), patience: number('patience', 1, 86_400),
    shrinkage: number('shrinkage', 0, 95), occupancy: number('occupancy', 1, 99), ...(search['high'] === true ? { high: true } : {}),
  };
}
