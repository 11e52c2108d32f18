import { describe, expect, it } from 'vitest';

import { chat, deskOf, message } from '../testing/desk';
import { applyDesk, deskNews } from './desk';

describe('the desk after a change', () => {
  const before = deskOf([chat('c1', { messages: [message(1, 'customer', 'Hello')] }), chat('c2')]);

  it('keeps the messages of a contact whose change does not repeat them', () => {
    const after = applyDesk(before, { contacts: [chat('c1', { state: 'holding', messages: [] })] });
    expect(after.contacts[0]).toMatchObject({ state: 'holding', messages: [{ body: 'Hello' }] });
  });

  it('leaves what did not change the same object', () => {
    const after = applyDesk(before, { contacts: [chat('c1', { state: 'holding', messages: [] })] });
    expect(after.contacts[1]).toBe(before.contacts[1]);
  });

  it('puts messages in the order of their numbers and takes a repeat once', () => {
    const after = applyDesk(before, {
      messages: [{ contact: 'c1', message: message(3, 'agent', 'Bye') }, { contact: 'c1', message: message(2, 'agent', 'Hi') }, { contact: 'c1', message: message(2, 'agent', 'Hi') }],
    });
    expect(after.contacts[0]?.messages?.map(({ body }) => body)).toEqual(['Hello', 'Hi', 'Bye']);
  });

  it('adds new contacts, drops those that are gone, and keeps the order', () => {
    const after = applyDesk(before, { contacts: [chat('c3')], gone: [{ contact: 'c1', why: 'finished' }] });
    expect(after.contacts.map(({ contact }) => contact)).toEqual(['c2', 'c3']);
  });

  it('never takes a read mark back', () => {
    const read = (upto: number) => ({ signals: [{ kind: 'read' as const, contact: 'c1', upto }] });
    expect(applyDesk(applyDesk(before, read(4)), read(2)).contacts[0]?.customer_read).toBe(4);
  });
});

describe('what is new at the desk', () => {
  it('rings once for an offer, and is quiet when it is answered or gone', () => {
    const ringing = deskOf([chat('c1', { state: 'offered' })]);
    expect(deskNews(deskOf([]), ringing, {})).toMatchObject([{ kind: 'ringing' }]);
    expect(deskNews(ringing, ringing, {})).toEqual([]);
    expect(deskNews(ringing, deskOf([chat('c1')]), {})).toEqual([{ kind: 'quiet', contact: 'c1' }]);
    expect(deskNews(ringing, deskOf([]), { gone: [{ contact: 'c1', why: 'missed' }] })).toMatchObject([
      { kind: 'quiet', contact: 'c1' }, { kind: 'gone', gone: { why: 'missed' } },
    ]);
  });

  it('rings for an offer that is there when the page opens', () => {
    expect(deskNews(undefined, deskOf([chat('c1', { state: 'offered' })]), {})).toMatchObject([{ kind: 'ringing' }]);
  });
});
