// A list worked through by keyboard: one row is the current one, and ↑ and ↓ go from row to row.
import { useEffect, useRef, useState } from 'react';

import { useKeys } from '../agent/keys';

/** The place in a list of `count` rows, what binds a row to it, and further keys with what they do. */
export function useRows(count: number, keys: (at: number) => Record<string, () => void>) {
  const [place, setPlace] = useState(0);
  const list = useRef<(HTMLElement | null)[]>([]);
  const at = Math.min(place, Math.max(0, count - 1));
  const go = (to: number): void => {
    const next = Math.max(0, Math.min(count - 1, to));
    setPlace(next);
    list.current[next]?.focus();
  };
  useKeys({
    ArrowDown: () => go(document.activeElement === list.current[at] ? at + 1 : at),
    ArrowUp: () => go(at - 1),
    ...keys(at),
  });
  // A row that is done leaves the list; the keyboard goes on with the one in its place.
  const before = useRef(count);
  useEffect(() => {
    if (count < before.current && document.activeElement === document.body) list.current[Math.min(place, count - 1)]?.focus();
    before.current = count;
  }, [count, place]);
  return {
    at,
    focus: (row: number): void => list.current[row]?.focus(),
    bind: (row: number) => ({
      onFocus: () => setPlace(row),
      ref: (element: HTMLElement | null) => {
        list.current[row] = element;
      },
    }),
  };
}
