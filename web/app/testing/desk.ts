// Desks for tests.
import type { Author, DeskContact, DeskSelf, DeskView, MessageView } from '../api/types';

export function message(seq: number, author: Author, body: string): MessageView {
  return { id: `m${seq}-${body}`, seq, author, author_name: author === 'customer' ? 'Jeanne' : 'Claire', body, at: '2026-11-22T09:00:00Z' };
}

export function chat(contact: string, change: Partial<DeskContact> = {}): DeskContact {
  return {
    contact, channel: 'chat', state: 'talking', since: new Date().toISOString(), arrived: new Date().toISOString(), threshold_ms: 30_000,
    client: { client: 'k1', name: 'Hôtel Saint-Roch', initials: 'HS', hue: 150, alias: 'Claire' }, queue: 'Reservations', queue_id: 'q1',
    greeting: 'Bonjour, je suis Claire.', protocol: 'Ask for the dates.\n\n1. Check the calendar.\n2. Offer the quiet side.', language: 'fr',
    customer: { customer: null, name: 'Jeanne Lefèvre', verified: false, contacts_before: 0 }, conversation: 'v1', messages: [], customer_read: 0,
    kind: 'queue', with: [], dispositions: [{ id: 'd1', label: 'Booked' }, { id: 'd2', label: 'Complaint' }], can_extend: true, overflow: false,
    over_limit: false, ...change,
  };
}

export function self(change: Partial<DeskSelf> = {}): DeskSelf {
  return {
    agent: 'a1', name: 'Claire Martin', state: { kind: 'available', since: new Date().toISOString() }, misses: 0, points_used: 0,
    today: { answered: 3, missed: 0, signed_in_ms: 60_000 }, phone: { state: 'off' }, ...change,
  };
}

export function deskOf(contacts: DeskContact[], me: Partial<DeskSelf> = {}): DeskView {
  return { me: self(me), contacts };
}
