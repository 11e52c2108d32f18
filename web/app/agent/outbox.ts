// Messages on their way to the server. Each keeps its own id until the server shows it, so a repeat
// after a lost answer is the same message and not a second one.
import { path, post } from '../api/client';
import { ApiError } from '../api/errors';
import type { AttachmentView, Id, MessageView } from '../api/types';
import { Cell } from '../live/store';

export type Pending = {
  contact: Id;
  clientId: Id;
  body: string;
  note: boolean;
  attachment: AttachmentView | undefined;
  at: string;
  state: { kind: 'sending' } | { kind: 'failed'; message: string; next: string };
};

export const outbox = new Cell<readonly Pending[]>([], 'now');

function update(clientId: Id, change: (one: Pending) => Pending | undefined): void {
  outbox.set(outbox.get().flatMap((one) => (one.clientId === clientId ? change(one) ?? [] : one)));
}

/** Sends a message; it is shown at once as being sent. */
export function send(contact: Id, body: string, note: boolean, attachment: AttachmentView | undefined): void {
  const clientId = crypto.randomUUID();
  const at = new Date().toISOString();
  outbox.set([...outbox.get(), { contact, clientId, body, note, attachment, at, state: { kind: 'sending' } }]);
  void deliver(clientId);
}

/** Tries a message again that did not go. */
export function sendAgain(clientId: Id): void {
  update(clientId, (one) => ({ ...one, state: { kind: 'sending' } }));
  void deliver(clientId);
}

/** Tries all again that did not go for want of a connection. */
export function sendAllAgain(): void {
  for (const one of outbox.get()) if (one.state.kind === 'failed') sendAgain(one.clientId);
}

/** Forgets a message that did not go. */
export function drop(clientId: Id): void {
  update(clientId, () => undefined);
}

async function deliver(clientId: Id): Promise<void> {
  const one = outbox.get().find((pending) => pending.clientId === clientId);
  if (!one) return;
  try {
    await post<MessageView>(path`/desk/contacts/${one.contact}/messages`, {
      client_id: clientId, body: one.body, note: one.note, attachment: one.attachment?.id ?? null,
    });
    // It stays until the conversation itself shows it; see `pendingOf`.
  } catch (error) {
    const { message, next } = error instanceof ApiError ? error : { message: String(error), next: '' };
    update(clientId, (pending) => ({ ...pending, state: { kind: 'failed', message, next } }));
  }
}

/** What of the outbox the conversation does not show yet. */
export function pendingOf(all: readonly Pending[], contact: Id, messages: readonly MessageView[]): Pending[] {
  const arrived = new Set(messages.map(({ client_id }) => client_id));
  return all.filter((one) => one.contact === contact && !arrived.has(one.clientId));
}

/** Drops what the conversations show by now. */
export function tidy(contact: Id, messages: readonly MessageView[]): void {
  const arrived = new Set(messages.map(({ client_id }) => client_id));
  const rest = outbox.get().filter((one) => one.contact !== contact || !arrived.has(one.clientId));
  if (rest.length !== outbox.get().length) outbox.set(rest);
}
