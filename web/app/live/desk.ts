// The agent's own desk as the server tells it.
import type { ContactGone, DeskContact, DeskDelta, DeskSignal, DeskView, Id, MessageView } from '../api/types';

/** The desk after a change. Contacts and messages that did not change stay the same objects. */
export function applyDesk(view: DeskView, delta: DeskDelta): DeskView {
  const gone = new Set((delta.gone ?? []).map(({ contact }) => contact));
  const changed = new Map((delta.contacts ?? []).map((contact) => [contact.contact, contact]));
  const fresh = new Map<Id, MessageView[]>();
  for (const { contact, message } of delta.messages ?? []) fresh.set(contact, [...(fresh.get(contact) ?? []), message]);
  const read = new Map<Id, number>();
  for (const signal of delta.signals ?? []) if (signal.kind === 'read') read.set(signal.contact, signal.upto);

  const kept = view.contacts
    .filter(({ contact }) => !gone.has(contact))
    .map((contact) => {
      const next = changed.get(contact.contact);
      changed.delete(contact.contact);
      // A change does not repeat the messages.
      return next ? { ...next, messages: mergeMessages(contact.messages ?? [], next.messages ?? []) } : contact;
    });
  const contacts = [...kept, ...[...changed.values()].filter(({ contact }) => !gone.has(contact))].map((contact) => {
    const messages = fresh.get(contact.contact);
    const upto = read.get(contact.contact);
    if (!messages && upto === undefined) return contact;
    return {
      ...contact,
      messages: mergeMessages(contact.messages ?? [], messages ?? []),
      customer_read: Math.max(contact.customer_read ?? 0, upto ?? 0),
    };
  });
  return { me: delta.me ?? view.me, contacts };
}

/** Messages by number, each once. */
export function mergeMessages(known: MessageView[], more: MessageView[]): MessageView[] {
  if (more.length === 0) return known;
  const bySeq = new Map(known.map((message) => [message.seq, message]));
  for (const message of more) bySeq.set(message.seq, message);
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

/** What somebody at the desk should notice, heard or seen at once and not with the next frame. */
export type DeskNews =
  | { kind: 'ringing'; contact: DeskContact }
  | { kind: 'quiet'; contact: Id }
  | { kind: 'gone'; gone: ContactGone; contact: DeskContact }
  | { kind: 'message'; contact: DeskContact; message: MessageView }
  | { kind: 'signal'; signal: DeskSignal };

/** What is new between two states of the desk. */
export function deskNews(before: DeskView | undefined, after: DeskView, delta: DeskDelta): DeskNews[] {
  const news: DeskNews[] = [];
  const old = new Map((before?.contacts ?? []).map((contact) => [contact.contact, contact]));
  for (const contact of after.contacts) {
    const was = old.get(contact.contact)?.state;
    if (contact.state === 'offered' && was !== 'offered') news.push({ kind: 'ringing', contact });
    if (contact.state !== 'offered' && was === 'offered') news.push({ kind: 'quiet', contact: contact.contact });
  }
  const still = new Set(after.contacts.map(({ contact }) => contact));
  for (const contact of old.values()) {
    if (contact.state === 'offered' && !still.has(contact.contact)) news.push({ kind: 'quiet', contact: contact.contact });
  }
  for (const gone of delta.gone ?? []) {
    const contact = old.get(gone.contact);
    if (contact) news.push({ kind: 'gone', gone, contact });
  }
  const now = new Map(after.contacts.map((contact) => [contact.contact, contact]));
  for (const { contact: id, message } of delta.messages ?? []) {
    const contact = now.get(id);
    if (contact) news.push({ kind: 'message', contact, message });
  }
  for (const signal of delta.signals ?? []) news.push({ kind: 'signal', signal });
  return news;
}
