// Unsent words of one person: kept per contact while the page lives, on the server 600 ms after the
// last key, and until then in this browser.
import { path, request } from '../api/client';
import type { Id } from '../api/types';
import { useMe } from '../api/session';
import { Cell, useCell } from '../live/store';
import { keepUnsent, unsentOf } from './unsent';

const SAVE_AFTER_MS = 600;
const RETRY_AFTER_MS = 4000;

export type DraftState = { text: string; saved: 'saved' | 'saving' | 'failed' };

class Draft {
  readonly cell: Cell<DraftState>;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly user: Id, readonly contact: Id, kept: string) {
    // What is here has not reached the server, so it is newer than what the server has.
    const unsent = unsentOf(user, `draft.${contact}`);
    this.cell = new Cell<DraftState>({ text: kept, saved: 'saved' }, 'now');
    if (typeof unsent === 'string' && unsent !== kept) this.write(unsent);
  }

  write(text: string): void {
    this.cell.set({ text, saved: 'saving' });
    keepUnsent(this.user, `draft.${this.contact}`, text);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.save(), SAVE_AFTER_MS);
  }

  /** The words were sent: nothing is left to keep. The server drops its copy with the message. */
  clear(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.cell.set({ text: '', saved: 'saved' });
    keepUnsent(this.user, `draft.${this.contact}`, undefined);
    void this.save();
  }

  /** Saves at once when something is unsaved. */
  flush(): void {
    if (this.timer === undefined) return;
    clearTimeout(this.timer);
    void this.save();
  }

  /** The contact has left the desk, and its words with it. */
  stop(): void {
    clearTimeout(this.timer);
    keepUnsent(this.user, `draft.${this.contact}`, undefined);
  }

  private async save(): Promise<void> {
    this.timer = undefined;
    const { text } = this.cell.get();
    try {
      await request('PUT', path`/desk/contacts/${this.contact}/draft`, { body: text }, { keepalive: true });
      if (this.cell.get().text === text) {
        this.cell.set({ text, saved: 'saved' });
        keepUnsent(this.user, `draft.${this.contact}`, undefined);
      }
    } catch {
      if (this.cell.get().text !== text) return;
      this.cell.set({ text, saved: 'failed' });
      this.timer = setTimeout(() => void this.save(), RETRY_AFTER_MS);
    }
  }
}

/** By person and contact. */
const drafts = new Map<string, Draft>();

document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'hidden') for (const draft of drafts.values()) draft.flush();
});

/** The unsent words of somebody to a contact, beginning with what this browser or the server kept. */
export function draftOf(user: Id, contact: Id, kept: string | null | undefined): Draft {
  const known = drafts.get(`${user} ${contact}`);
  if (known) return known;
  const made = new Draft(user, contact, kept ?? '');
  drafts.set(`${user} ${contact}`, made);
  return made;
}

/** Forgets the words of contacts that are no longer at the desk. */
export function forgetDrafts(still: ReadonlySet<Id>): void {
  for (const [key, draft] of drafts) {
    if (still.has(draft.contact)) continue;
    draft.stop();
    drafts.delete(key);
  }
}

/** The state of a draft, and a new rendering when it changes. */
export function useDraft(contact: Id, kept: string | null | undefined): [DraftState, Draft] {
  const draft = draftOf(useMe().user, contact, kept);
  return [useCell(draft.cell), draft];
}
