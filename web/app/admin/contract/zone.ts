// Civil times of a zone and instants.

/** How far a zone is ahead of UTC at an instant, in milliseconds. */
function offsetAt(instant: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
  }).formatToParts(new Date(instant));
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
  const civil = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return civil - Math.floor(instant / 1000) * 1000;
}

/** The instant, RFC 3339, of a civil time `YYYY-MM-DDTHH:MM` in a zone; in a fold the first of the two. */
export function instantIn(civil: string, zone: string): string {
  const guess = Date.parse(`${civil}Z`);
  const before = offsetAt(guess - 86_400_000, zone);
  const after = offsetAt(guess + 86_400_000, zone);
  const [first, second] = [guess - before, guess - after];
  // In a fold both hold and the first comes first; in a gap neither does, and the first lies past it.
  const at = offsetAt(first, zone) !== before && offsetAt(second, zone) === after ? second : first;
  return new Date(at).toISOString();
}

/** The civil date `YYYY-MM-DD` and time `HH:MM` of an instant in a zone. */
export function civilIn(instant: string, zone: string): { date: string; time: string } {
  const at = Date.parse(instant);
  const text = new Date(at + offsetAt(at, zone)).toISOString();
  return { date: text.slice(0, 10), time: text.slice(11, 16) };
}
