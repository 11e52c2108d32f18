// Hours of a week as administration writes them: ranges of civil times on some days.
import type { WeekdayName, WeeklyRangeView } from '../../api/types';

/** The days in the order of the week. */
export const DAYS: readonly WeekdayName[] = [
  'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday',
];

/** Minutes of a day. */
export const DAY_MIN = 1440;

/** The minute of `HH:MM`, 0 to 1440; nothing when it is no time of day. */
export function minuteOf(text: string): number | undefined {
  const found = /^(\d{2}):(\d{2})$/.exec(text);
  if (!found) return undefined;
  const [hours, minutes] = [Number(found[1]), Number(found[2])];
  const at = hours * 60 + minutes;
  return minutes < 60 && at <= DAY_MIN ? at : undefined;
}

/** `HH:MM` of a minute. */
export const timeOf = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

/** Fills in what people leave out: `9` becomes `09:00`, `930` becomes `09:30`. */
export function tidyTime(text: string): string {
  const found = /^\s*(\d{1,2})(?:\s*[:.h]?\s*(\d{2}))?\s*h?\s*$/i.exec(text);
  if (!found) return text.trim();
  return `${(found[1] ?? '').padStart(2, '0')}:${found[2] ?? '00'}`;
}

/** A stretch of one day, in minutes. */
export type Stretch = { from: number; until: number };

/** The stretches of one day, joined and in order. Ranges that cannot be read are left out. */
export function stretchesOf(ranges: readonly WeeklyRangeView[], day: WeekdayName): Stretch[] {
  const found: Stretch[] = [];
  for (const range of ranges) {
    const [from, until] = [minuteOf(range.from), minuteOf(range.until)];
    if (range.days.includes(day) && from !== undefined && until !== undefined && from < until) found.push({ from, until });
  }
  found.sort((a, b) => a.from - b.from);
  const joined: Stretch[] = [];
  for (const next of found) {
    const last = joined.at(-1);
    if (last && next.from <= last.until) last.until = Math.max(last.until, next.until);
    else joined.push({ ...next });
  }
  return joined;
}

/** What the stretches of a day leave free. */
export function restOf(stretches: readonly Stretch[]): Stretch[] {
  const rest: Stretch[] = [];
  let at = 0;
  for (const { from, until } of stretches) {
    if (from > at) rest.push({ from: at, until: from });
    at = Math.max(at, until);
  }
  if (at < DAY_MIN) rest.push({ from: at, until: DAY_MIN });
  return rest;
}
