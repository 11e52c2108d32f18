import { useEffect, useRef, useState } from 'react';

/** How often the order of rows may change by itself. */
const REORDER_MS = 5000;

/**
 * Rows in an order that does not jump under the hand: it is worked out anew every five seconds, and
 * not while somebody points at the rows. Rows that came since stand at the end, those that went are
 * gone at once, and another way to sort takes effect at once.
 */
export function useSteadyOrder<R extends { id: string }>(rows: readonly R[], compare: (a: R, b: R) => number, key: string): {
  rows: R[]; pause: (yes: boolean) => void;
} {
  const paused = useRef(false);
  const [beat, setBeat] = useState(0);
  const [order, setOrder] = useState<{ key: string; beat: number; ids: readonly string[] }>({ key: '', beat: -1, ids: [] });
  useEffect(() => {
    const timer = setInterval(() => {
      if (!paused.current) setBeat((n) => n + 1);
    }, REORDER_MS);
    return () => clearInterval(timer);
  }, []);

  let { ids } = order;
  if (order.key !== key || order.beat !== beat || ids.length === 0) {
    ids = [...rows].sort(compare).map(({ id }) => id);
    if (ids.length > 0) setOrder({ key, beat, ids });
  }
  const byId = new Map(rows.map((row) => [row.id, row]));
  const known = ids.flatMap((id) => {
    const row = byId.get(id);
    byId.delete(id);
    return row ?? [];
  });
  return { rows: [...known, ...byId.values()], pause: (yes) => { paused.current = yes; } };
}
