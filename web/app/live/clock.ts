// The server's clock on this page. Every running time on screen is counted from it.
import { useSyncExternalStore } from 'react';

let offset = 0;
let bestTrip = Number.POSITIVE_INFINITY;
let second = Math.floor(Date.now() / 1000);
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

/** The server's time now, in milliseconds since 1970. */
export function serverNow(): number {
  return Date.now() + offset;
}

/**
 * Learns the server's time from an answer. `sent` and `received` are this page's times; the answer
 * with the shortest way is believed, since its error is at most half that way.
 */
export function learn(serverTime: string, sent: number, received: number): void {
  const trip = received - sent;
  if (trip > bestTrip) return;
  bestTrip = trip;
  offset = Date.parse(serverTime) - (sent + received) / 2;
}

/** Forgets the measure, for instance after a sleep of the machine or a new connection. */
export function forget(): void {
  bestTrip = Number.POSITIVE_INFINITY;
}

function tick(): void {
  const now = serverNow();
  second = Math.floor(now / 1000);
  for (const listener of listeners) listener();
  timer = setTimeout(tick, 1000 - (((now % 1000) + 1000) % 1000) + 5);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined) tick();
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearTimeout(timer);
      timer = undefined;
    }
  };
}

/** The server's time in whole seconds, as milliseconds; one tick a second for all who look. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => second) * 1000;
}
