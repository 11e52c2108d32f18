// How planning's screens write days, shares and figures.
import { currentLocale } from '../i18n/t';

/** A share from 0 to 1, in percent. */
export const percent = (share: number | null | undefined, digits = 1): string =>
  share === null || share === undefined
    ? '–'
    : new Intl.NumberFormat(currentLocale(), { style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits }).format(share);

/** A number with so many digits at most. */
export const rounded = (value: number | null | undefined, digits = 1): string =>
  value === null || value === undefined ? '–' : new Intl.NumberFormat(currentLocale(), { maximumFractionDigits: digits }).format(value);

/** Hour and minute of a local time, `2026-11-30T08:00`. */
export const hourOf = (from: string): string => from.slice(11, 16);

/** Day of a local time. */
export const dayOf = (from: string): string => from.slice(0, 10);

/** Seconds of a local time, as if its clock were UTC: for axes. */
export const secondsOf = (from: string): number => Date.parse(`${from}Z`) / 1000;
