/** A place in a recording as people write it: minutes, seconds and tenths. */
export function formatPlace(ms: number): string {
  const tenths = Math.max(0, Math.round(ms / 100));
  const seconds = (tenths % 600) / 10;
  return `${Math.floor(tenths / 600)}:${seconds.toFixed(1).padStart(4, '0')}`;
}

/** The milliseconds of what somebody wrote: `1:05.3`, `1:05`, `65,3`; nothing when it is no place. */
export function readPlace(text: string): number | undefined {
  const found = /^(?:(\d{1,4}):)?(\d{1,5})(?:[.,](\d{1,3}))?$/.exec(text.trim());
  if (!found) return undefined;
  const [, minutes, seconds, rest = ''] = found;
  // After minutes there are no more than 59 seconds.
  if (minutes !== undefined && Number(seconds) > 59) return undefined;
  return (Number(minutes ?? 0) * 60 + Number(seconds)) * 1000 + Number(rest.padEnd(3, '0'));
}
