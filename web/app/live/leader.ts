// One tab of the browser speaks with the server, the others listen to it.

/** What tabs tell each other. */
export type TabChannel<M> = {
  post(message: M): void;
  close(): void;
};

/** Opens the channel between the tabs of this browser. A tab does not hear itself. */
export function tabs<M>(name: string, hear: (message: M) => void): TabChannel<M> {
  if (typeof BroadcastChannel === 'undefined') return { post: () => {}, close: () => {} };
  const channel = new BroadcastChannel(name);
  channel.addEventListener('message', (event: MessageEvent<M>) => hear(event.data));
  return { post: (message) => channel.postMessage(message), close: () => channel.close() };
}

/**
 * Calls `won` once this tab is the only holder of `name`, at once or when the holder goes. The
 * answer lets go. A browser without locks makes every tab a leader: more sockets, nothing wrong.
 */
export function hold(name: string, won: () => void): () => void {
  if (!('locks' in navigator) || !navigator.locks) {
    won();
    return () => {};
  }
  const leave = new AbortController();
  let release: (() => void) | undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  navigator.locks
    .request(name, { signal: leave.signal }, () => {
      if (leave.signal.aborted) return undefined;
      won();
      return held;
    })
    .catch((cause: unknown) => {
      // Leaving before the turn came ends the request in this way; anything else is a fault.
      if (!leave.signal.aborted) throw cause;
    });
  return () => {
    leave.abort();
    release?.();
  };
}
