import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';

import type { DeskDelta, DeskView } from '../api/types';
import { placeHub } from '../live/hub';
import { chat, deskOf, message } from '../testing/desk';
import { open, person, says, type ScriptedSocket } from '../testing/scripted';
import { forgetDrafts } from './draft';
import { outbox } from './outbox';

const claire = person({ agent: 'a1' });
const quietAnswers = {
  'GET /desk/contacts/c1/history': [], 'GET /desk/contacts/c2/history': [], 'PUT /desk/contacts/c1/draft': undefined,
  'POST /desk/contacts/c1/read': undefined,
};

async function at(desk: DeskView, answers: Record<string, unknown> = {}) {
  const opened = await open('/desk', claire, { ...quietAnswers, ...answers });
  await says(opened.socket, { type: 'snapshot', seq: 1, view: { topic: 'desk', data: desk } });
  await screen.findByRole('heading', { level: 1 });
  return opened;
}

const change = (socket: ScriptedSocket, seq: number, data: DeskDelta): Promise<void> => says(socket, { type: 'delta', seq, change: { topic: 'desk', data } });

describe('the desk', () => {
  afterEach(() => {
    placeHub(undefined);
    outbox.set([]);
    forgetDrafts(new Set());
  });

  it('begins a shift with the presence chosen', async () => {
    const { asked } = await at(deskOf([], { state: { kind: 'signed_out', since: '2026-11-22T09:00:00Z' } }), { 'POST /desk/sign-in': undefined });
    await userEvent.click(screen.getByRole('button', { name: 'Start, available' }));
    await waitFor(() => expect(asked).toContainEqual({ method: 'POST', path: '/desk/sign-in', body: { presence: { kind: 'available' } } }));
  });

  it('shows for whom an offer rings and the words to say before it is answered', async () => {
    const { asked } = await at(deskOf([chat('c1', { state: 'offered', until: new Date(Date.now() + 20_000).toISOString() })]), { 'POST /desk/contacts/c1/answer': undefined });
    expect(screen.getByRole('alert')).toHaveTextContent('New contact for Hôtel Saint-Roch: Jeanne Lefèvre');
    expect(screen.getByRole('heading', { name: 'Hôtel Saint-Roch' })).toBeVisible();
    expect(screen.getAllByText('Bonjour, je suis Claire.')[0]).toBeVisible();
    expect(document.title).toContain('☎ Hôtel Saint-Roch');
    fireEvent.keyDown(window, { code: 'F2', key: 'F2' });
    await waitFor(() => expect(asked).toContainEqual({ method: 'POST', path: '/desk/contacts/c1/answer', body: { } }));
  });

  it('refuses with Shift+F2 and not with a letter in a field', async () => {
    const { asked } = await at(deskOf([chat('c1', { state: 'offered' })]), { 'POST /desk/contacts/c1/refuse': undefined });
    fireEvent.keyDown(window, { code: 'F2', key: 'F2', shiftKey: true });
    await waitFor(() => expect(asked.map(({ path }) => path)).toContain('/desk/contacts/c1/refuse'));
    expect(asked.map(({ path }) => path)).not.toContain('/desk/contacts/c1/answer');
  });

  it('shows a message as being sent until the conversation shows it, and then once', async () => {
    const { socket, asked } = await at(deskOf([chat('c1', { messages: [message(1, 'customer', 'Hello')] })]), {
      'POST /desk/contacts/c1/messages': message(2, 'agent', 'Good morning'),
    });
    await userEvent.type(screen.getByRole('textbox', { name: 'Message to Jeanne Lefèvre' }), 'Good morning{Enter}');
    expect(screen.getByText('Sending…')).toBeVisible();
    const sent = await waitFor(() => {
      const found = asked.find(({ path }) => path === '/desk/contacts/c1/messages');
      expect(found).toMatchObject({ method: 'POST', body: { body: 'Good morning', note: false } });
      return found?.body as { client_id: string }; // just matched
    });
    await change(socket, 2, { messages: [{ contact: 'c1', message: { ...message(2, 'agent', 'Good morning'), client_id: sent.client_id } }] });
    expect(within(screen.getByRole('log')).getAllByText('Good morning')).toHaveLength(1);
    expect(screen.queryByText('Sending…')).toBeNull();
  });

  it('sends a message that did not go again with the same id', async () => {
    const { asked } = await at(deskOf([chat('c1', { messages: [message(1, 'customer', 'Hello')] })]));
    await userEvent.type(screen.getByRole('textbox', { name: 'Message to Jeanne Lefèvre' }), 'Yes{Enter}');
    await userEvent.click(await screen.findByRole('button', { name: 'Try again' }));
    await waitFor(() => {
      const ids = asked.filter(({ path }) => path === '/desk/contacts/c1/messages').map(({ body }) => (body as { client_id: string }).client_id);
      expect(ids).toHaveLength(2);
      expect(new Set(ids).size).toBe(1);
    });
  });

  it('keeps every letter of quick typing and saves it as a draft', async () => {
    const { asked } = await at(deskOf([chat('c1')]));
    const field = screen.getByRole('textbox', { name: 'Message to Jeanne Lefèvre' });
    await userEvent.type(field, 'A whole sentence');
    expect(field).toHaveValue('A whole sentence');
    await waitFor(() => expect(asked).toContainEqual({ method: 'PUT', path: '/desk/contacts/c1/draft', body: { body: 'A whole sentence' } }), { timeout: 2000 });
  });

  it('writes a note for colleagues under another label', async () => {
    const { asked } = await at(deskOf([chat('c1')]), { 'POST /desk/contacts/c1/messages': message(2, 'note', 'Has a dog') });
    (document.activeElement as HTMLElement).blur();
    fireEvent.keyDown(window, { code: 'KeyN', key: 'n' });
    await userEvent.type(screen.getByRole('textbox', { name: 'Note for colleagues' }), 'Has a dog{Enter}');
    await waitFor(() => expect(asked.find(({ path }) => path.endsWith('/messages'))).toMatchObject({ body: { body: 'Has a dog', note: true } }));
  });

  it('offers prepared answers after a slash, those in the customer’s language first', async () => {
    await at(deskOf([chat('c1')]), {
      'GET /desk/canned': [
        { id: '1', shortcut: 'parking', language: 'en', body: 'Parking is free.' },
        { id: '2', shortcut: 'parking', language: 'fr', body: 'Le parking est gratuit.' },
      ],
    });
    const field = screen.getByRole('textbox', { name: 'Message to Jeanne Lefèvre' });
    await userEvent.type(field, '/park');
    expect(await screen.findAllByRole('option')).toHaveLength(2);
    expect(screen.getByRole('option', { selected: true })).toHaveTextContent('Le parking est gratuit.');
    await userEvent.keyboard('{Enter}');
    expect(field).toHaveValue('Le parking est gratuit.');
  });

  it('asks before a conversation ends', async () => {
    const { asked } = await at(deskOf([chat('c1')]), { 'POST /desk/contacts/c1/end': undefined });
    fireEvent.keyDown(window, { code: 'F4', key: 'F4', shiftKey: true });
    const dialog = await screen.findByRole('dialog');
    expect(asked.map(({ path }) => path)).not.toContain('/desk/contacts/c1/end');
    await userEvent.click(within(dialog).getByRole('button', { name: 'End the conversation' }));
    await waitFor(() => expect(asked.map(({ path }) => path)).toContain('/desk/contacts/c1/end'));
  });

  it('names colleagues who cannot take a contact and why', async () => {
    const { asked } = await at(deskOf([chat('c1')]), {
      'GET /desk/contacts/c1/targets': {
        agents: [
          { agent: 'a2', name: 'Ben', state: { kind: 'available', since: '2026-11-22T09:00:00Z' } },
          { agent: 'a3', name: 'Tom', state: { kind: 'available', since: '2026-11-22T09:00:00Z' }, not_possible: 'Not signed off for Hôtel Saint-Roch' },
        ],
        queues: [{ queue: 'q2', name: 'Groups', waiting: 2 }], skills: [],
      },
      'POST /desk/contacts/c1/transfer': undefined,
    });
    fireEvent.keyDown(window, { code: 'F9', key: 'F9' });
    expect(await screen.findByText('Not signed off for Hôtel Saint-Roch')).toBeVisible();
    expect(screen.getByRole('button', { name: 'Transfer to Tom' })).toBeDisabled();
    await userEvent.click(screen.getByRole('button', { name: 'Transfer to Ben' }));
    await waitFor(() => expect(asked).toContainEqual({ method: 'POST', path: '/desk/contacts/c1/transfer', body: { to: { kind: 'agent', id: 'a2' }, note: '' } }));
  });

  it('finishes a wrap-up once it is said how it ended', async () => {
    const { asked } = await at(deskOf([chat('c1', { state: 'wrap_up', until: new Date(Date.now() + 60_000).toISOString() })]), { 'POST /desk/contacts/c1/finish': undefined });
    expect(screen.getByRole('button', { name: 'Finish' })).toBeDisabled();
    await userEvent.click(screen.getByRole('radio', { name: 'Booked' }));
    await userEvent.type(screen.getByRole('textbox', { name: 'Note for the next colleague' }), 'Room 12');
    fireEvent.keyDown(window, { code: 'Enter', key: 'Enter', ctrlKey: true });
    await waitFor(() => expect(asked).toContainEqual({ method: 'POST', path: '/desk/contacts/c1/finish', body: { disposition: 'd1', note: 'Room 12' } }));
  });

  it('offers one step back after missed offers', async () => {
    const { asked } = await at(deskOf([], { state: { kind: 'away', reason: 'no_answer', since: '2026-11-22T09:00:00Z' }, misses: 2 }), { 'POST /desk/presence': undefined });
    expect(screen.getByText('You did not answer')).toBeVisible();
    await userEvent.click(screen.getByRole('button', { name: 'Back to available' }));
    await waitFor(() => expect(asked).toContainEqual({ method: 'POST', path: '/desk/presence', body: { presence: { kind: 'available' } } }));
  });

  it('never shows a state as live while the connection is lost', async () => {
    const { socket } = await at(deskOf([]));
    expect(screen.getByRole('button', { name: /^Your state: Available/ })).toBeEnabled();
    await says(socket, { type: 'pong', nonce: 0, server_time: new Date().toISOString() });
    socket.drop();
    expect(await screen.findByRole('button', { name: /^Your state: State unknown/ })).toBeDisabled();
    expect(screen.queryByText('You are available')).toBeNull();
    expect(screen.getByText(/What you see is of/)).toBeVisible();
  });
});
