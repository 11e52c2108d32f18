// Amounts on screen and back. The wire has whole minor units, and prices in thousandths of them.
import { currentLocale } from '../i18n/t';

/** Decimal places of a currency; 2 for one that is none (yet): somebody may be typing it. */
export function decimalsOf(currency: string): number {
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

function money(value: number, currency: string, least: number, most: number): string {
  try {
    return new Intl.NumberFormat(currentLocale(), { style: 'currency', currency, minimumFractionDigits: least, maximumFractionDigits: most }).format(value);
  } catch {
    return `${value.toFixed(least)} ${currency}`;
  }
}

/** Whole minor units: 1250 of EUR is €12.50. */
export function formatMoney(minor: number, currency: string): string {
  const places = decimalsOf(currency);
  return money(minor / 10 ** places, currency, places, places);
}

/** Thousandths of the minor unit, with as many places as they need: 1500 of EUR is €0.015. */
export function formatPrice(milli: number, currency: string): string {
  const places = decimalsOf(currency);
  return money(milli / 10 ** (places + 3), currency, places, places + 3);
}
