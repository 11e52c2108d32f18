// What a person has written and not yet handed in, kept in this browser so that a reload loses
// nothing: the server has the rest. Kept under the person's own id, so that nobody at the same
// computer meets a colleague's words; gone once handed in, at sign-out, and after a day.
import type { Id } from '../api/types';

const PREFIX = 'permanence.unsent.';
const KEPT_MS = 24 * 3_600_000;

/** Keeps a value of somebody, or takes it away. A browser without storage keeps nothing, which is no fault. */
export function keepUnsent(user: Id, what: string, value: unknown): void {
  try {
    const key = `${PREFIX}${user}.${what}`;
    if (value === undefined) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify({ at: Date.now(), value }));
  } catch {
    // Full or forbidden.
  }
}

/** What somebody wrote and did not hand in. */
export function unsentOf(user: Id, what: string): unknown {
  try {
    const text = localStorage.getItem(`${PREFIX}${user}.${what}`);
    const kept: unknown = text === null ? undefined : JSON.parse(text);
    if (typeof kept !== 'object' || kept === null || !('at' in kept) || !('value' in kept)) return undefined;
    return Date.now() - Number(kept.at) < KEPT_MS ? kept.value : undefined;
  } catch {
    return undefined;
  }
}

/** Takes away everything that anybody left here; at sign-out. */
export function forgetUnsent(): void {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
  } catch {
    // Forbidden: then nothing was kept either.
  }
}
