// What the loader (on the host page) and the frame (on our origin) tell each other by postMessage.
// Both sides check origin and source of every message; anything else is not for them.

/** Marks our messages among all that a page may post. */
export const MARK = 'permanence/1';

/** From the loader to the frame. */
export type ToFrame =
  | {
      mark: typeof MARK;
      type: 'boot';
      /** Kept from an earlier visit; JSON that only the frame reads. */
      kept: string | null;
      /** Kept for this tab only. */
      outbox: string | null;
      /** The known customer's signed token, made by the host's own server. */
      identity: string | null;
      language: string;
      /** Address of the host page without query and fragment. */
      page: string;
      shown: boolean;
    }
  | { mark: typeof MARK; type: 'shown'; shown: boolean };

/** From the frame to the loader. */
export type ToHost =
  | { mark: typeof MARK; type: 'ready' }
  | { mark: typeof MARK; type: 'keep'; kept: string | null; live: boolean }
  | { mark: typeof MARK; type: 'outbox'; outbox: string | null }
  | { mark: typeof MARK; type: 'unread'; unread: number }
  | { mark: typeof MARK; type: 'colour'; colour: string }
  | { mark: typeof MARK; type: 'close' };
