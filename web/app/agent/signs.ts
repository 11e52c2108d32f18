// Light signs of conversations: who types, who is connected, what this page has read.
import type { DeskContact, Id } from '../api/types';
import { serverNow } from '../live/clock';
import type { DeskNews } from '../live/desk';
import { Cell } from '../live/store';

/** A typing sign stays this long without being renewed. */
export const TYPING_MS = 6000;

/** Until when the customer of a contact is shown as typing, by the server's clock. */
export const typing = new Cell<ReadonlyMap<Id, number>>(new Map());
/** Contacts whose customer's browser is gone. */
export const gone = new Cell<ReadonlySet<Id>>(new Set());
/** The message up to which this page has shown a conversation. */
export const seen = new Cell<ReadonlyMap<Id, number>>(new Map());

/** Takes in what is new at the desk. */
export function noticeSigns(news: DeskNews): void {
  if (news.kind === 'message' && news.message.author === 'customer') stopTyping(news.contact.contact);
  if (news.kind !== 'signal') return;
  const { signal } = news;
  if (signal.kind === 'typing') {
    typing.set(new Map(typing.get()).set(signal.contact, serverNow() + TYPING_MS));
  } else if (signal.kind === 'presence') {
    const next = new Set(gone.get());
    if (signal.connected) next.delete(signal.contact);
    else next.add(signal.contact);
    gone.set(next);
  }
}

function stopTyping(contact: Id): void {
  const next = new Map(typing.get());
  if (next.delete(contact)) typing.set(next);
}

/** Notes that a conversation has been read up to a message. */
export function markSeen(contact: Id, upto: number): void {
  if ((seen.get().get(contact) ?? 0) < upto) seen.set(new Map(seen.get()).set(contact, upto));
}

/** How many messages of the customer nobody here has read. An own answer counts as having read. */
export function unread(contact: DeskContact, marks: ReadonlyMap<Id, number>): number {
  let upto = marks.get(contact.contact) ?? 0;
  for (const message of contact.messages ?? []) if (message.author === 'agent') upto = Math.max(upto, message.seq);
  return (contact.messages ?? []).filter(({ author, seq }) => author === 'customer' && seq > upto).length;
}
