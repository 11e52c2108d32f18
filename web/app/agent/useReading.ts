import { useEffect, useSyncExternalStore } from 'react';

import { path, post } from '../api/client';
import type { DeskContact } from '../api/types';

function subscribe(listener: () => void): () => void {
  document.addEventListener('visibilitychange', listener);
  window.addEventListener('focus', listener);
  window.addEventListener('blur', listener);
  return () => {
    document.removeEventListener('visibilitychange', listener);
    window.removeEventListener('focus', listener);
    window.removeEventListener('blur', listener);
  };
}

const looking = (): boolean => document.visibilityState === 'visible' && document.hasFocus();

/** Tells the server, and with it the customer, what somebody at this desk has in front of them. */
export function useReading(contact: DeskContact, inFront: boolean, onRead: (upto: number) => void): void {
  const here = useSyncExternalStore(subscribe, looking) && inFront;
  const upto = (contact.messages ?? []).findLast(({ author }) => author === 'customer')?.seq ?? 0;
  const open = contact.state !== 'wrap_up' && contact.state !== 'offered';
  useEffect(() => {
    if (!here || upto === 0) return;
    onRead(upto);
    // A mark that does not get through is made up for by the next one.
    if (open) void post(path`/desk/contacts/${contact.contact}/read`, { upto }).catch(() => undefined);
    // `onRead` marks the same thing again without effect, so a new function is no reason to run.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [here, upto, open, contact.contact]);
}
