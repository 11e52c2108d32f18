// Days of a calendar in a zone, as the instants they begin and end at.

/** How far a zone's wall clock is ahead of UTC at an instant, in milliseconds. */
function ahead(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
  }).formatToParts(at);
  const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value);
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')) - Math.floor(at / 1000) * 1000;
}

/** The first instant of a day (`2026-11-22`) in a zone; where midnight does not exist, the first after it. */
export function startOfDay(day: string, zone: string): Date {
  const wall = Date.parse(`${day}T00:00:00Z`);
  const first = wall - ahead(wall, zone);
  const second = wall - ahead(first, zone);
  // On a day whose clock jumps at midnight the two guesses differ; the later one is in the day.
  return new Date(ahead(second, zone) + second >= wall ? second : Math.max(first, second));
}

/** The instant at which clocks of a zone show a day and a time (`2026-11-22`, `18:30`); a time that a change of clocks leaves out is as much later as it leaves out. */
export function instantOf(day: string, time: string, zone: string): Date {
  const wall = Date.parse(`${day}T${time}:00Z`);
  const second = wall - ahead(wall - ahead(wall, zone), zone);
  return new Date(second);
}

/** What clocks of a zone show at an instant: `2026-11-22T18:30`. */
export function wallOf(at: number, zone: string): string {
  return new Date(at + ahead(at, zone)).toISOString().slice(0, 16);
}

/** The day after, or `by` days after. */
export function dayAfter(day: string, by = 1): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + by * 86_400_000).toISOString().slice(0, 10);
}

/** The day that it is in a zone. */
export function today(zone: string, now: number): string {
  return new Date(now + ahead(now, zone)).toISOString().slice(0, 10);
}

/** The bounds of a day, half open: from the first instant to the first of the next. */
export function boundsOfDay(day: string, zone: string): { from: string; until: string } {
  return { from: startOfDay(day, zone).toISOString(), until: startOfDay(dayAfter(day), zone).toISOString() };
}

/** The bounds of the twelve months up to the one that a day is in, half open. */
export function boundsOfYear(day: string, zone: string): { from: string; until: string } {
  const [year = 0, month = 1] = day.split('-').map(Number);
  const first = new Date(Date.UTC(year, month - 12, 1)).toISOString().slice(0, 10);
  return { from: startOfDay(first, zone).toISOString(), until: boundsOfMonth(day, zone).until };
}

/** The bounds of the month that a day is in, half open. */
export function boundsOfMonth(day: string, zone: string): { from: string; until: string } {
  const first = `${day.slice(0, 7)}-01`;
  return { from: startOfDay(first, zone).toISOString(), until: startOfDay(`${dayAfter(first, 31).slice(0, 7)}-01`, zone).toISOString() };
}
