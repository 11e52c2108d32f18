// Ends that people mean when they hand over: this evening, tomorrow morning, Monday morning.
import { dayAfter, instantOf, today, wallOf } from '../ui/day';

/** An end to choose, with its instant. */
export type Until = { name: 'evening' | 'tomorrow' | 'monday' | 'week'; at: Date };

const MORNING = '08:00';
const EVENING = '18:00';

/** What there is to choose at an instant in a zone, the nearest first. */
export function untils(now: number, zone: string): Until[] {
  const day = today(zone, now);
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  const toMonday = (8 - weekday) % 7 || 7;
  const all: Until[] = [];
  // An end within the hour would hardly be worth a change.
  if (wallOf(now, zone).slice(11) < '17:00') all.push({ name: 'evening', at: instantOf(day, EVENING, zone) });
  all.push({ name: 'tomorrow', at: instantOf(dayAfter(day), MORNING, zone) });
  if (toMonday > 1) all.push({ name: 'monday', at: instantOf(dayAfter(day, toMonday), MORNING, zone) });
  all.push({ name: 'week', at: instantOf(dayAfter(day, 7), MORNING, zone) });
  return all;
}
