// Names that the browser knows in every language: days, languages, zones.
import type { WeekdayName } from '../../api/types';
import { currentLocale } from '../../i18n/t';
import { DAYS } from './hours';

/** The name of a day, long or short. */
export function dayName(day: WeekdayName, width: 'long' | 'short' = 'long'): string {
  // 2024-01-01 was a Monday.
  const date = new Date(Date.UTC(2024, 0, 1 + DAYS.indexOf(day)));
  return new Intl.DateTimeFormat(currentLocale(), { weekday: width, timeZone: 'UTC' }).format(date);
}

const LANGUAGES = [
  'en', 'fr', 'ru', 'de', 'es', 'it', 'pt', 'nl', 'pl', 'cs', 'sk', 'hu', 'ro', 'bg', 'el', 'sv', 'da', 'nb', 'fi', 'et', 'lv',
  'lt', 'uk', 'be', 'sr', 'hr', 'sl', 'tr', 'ar', 'he', 'fa', 'hi', 'bn', 'ur', 'zh', 'ja', 'ko', 'vi', 'th', 'id', 'ka', 'hy', 'kk',
];

/** The name of a language in the language of the screens. */
export const languageName = (code: string): string => {
  try {
    return new Intl.DisplayNames([currentLocale()], { type: 'language' }).of(code) ?? code;
  } catch {
    return code;
  }
};

/** Languages to choose from; what is chosen already is always among them. */
export function languageOptions(chosen: readonly string[] = []): { value: string; label: string }[] {
  return [...new Set([...LANGUAGES, ...chosen])].map((value) => ({ value, label: languageName(value) }));
}

/** Time zones to choose from; what is chosen already is always among them. */
export function zoneOptions(chosen = ''): string[] {
  const known = Intl.supportedValuesOf('timeZone');
  return [...new Set([...(chosen ? [chosen] : []), ...known, 'UTC'])];
}

/** The zone of this browser. */
export const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
