import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';

import type { DeskCall, DeskContact, DeskSelf, PhoneState } from '../api/types';
import { placeHub } from '../live/hub';
import { chat, deskOf, message } from '../testing/desk';
import { open, person, says, type Asked } from '../testing/scripted';
import { phone } from './phone/phone';

const call = (change: Partial<DeskCall> = {}): DeskCall => ({
  direction: 'inbound', number: '+33142345678', dialled: '+33199000001', state: 'connected', recording: 'on', held_by_customer: false, ...change,
});
const spoken = (change: Partial<DeskContact> = {}): DeskContact => chat('c1', { channel: 'voice', call: call(), ...change });
const acts = (asked: Asked[]) => asked.filter(({ method, path }) => method === 'POST' && path.startsWith('/desk/contacts/')).map(({ path, body }) => [path.replace('/desk/contacts/c1/', ''), body]);
const done = ['mute', 'recording', 'digits', 'outside', 'outside/act', 'call-back', 'not-reached', 'read'];

async function at(contact: DeskContact, state: PhoneState = 'ready', me: Partial<DeskSelf> = {}, answers: Record<string, unknown> = {}) {
  const opened = await open('/desk', person({ agent: 'a1' }), {
    'GET /desk/contacts/c1/history': [], ...Object.fromEntries(done.map((one) => [`POST /desk/contacts/c1/${one}`, undefined])), ...answers,
  });
  await says(opened.socket, { type: 'snapshot', seq: 1, view: { topic: 'desk', data: deskOf([contact], { phone: { state }, ...me }) } });
  await screen.findByRole('heading', { level: 1 });
  return opened;
}

const panel = () => screen.findByRole('region', { name: 'Call' });

describe('a call at the desk', () => {
  afterEach(() => {
    placeHub(undefined);
    phone.link.set('idle');
  });

  it('says with whom, which way, and that it is recorded; nothing is to be written', async () => {
    await at(spoken());
    const shown = within(await panel());
    expect(shown.getByText('+33142345678')).toBeVisible();
    expect(shown.getByRole('img', { name: 'Incoming' })).toBeVisible();
    expect(shown.getByText('dialled +33199000001')).toBeVisible();
    expect(shown.getByText('Connected')).toBeVisible();
    expect(shown.getByText('Recording')).toBeVisible();
    expect(screen.queryByRole('textbox')).toBeNull();
  });

  it('keeps the wrap-up, with the ending in words', async () => {
    await at(spoken({ state: 'wrap_up', call: call({ state: 'ended', ending: 'answered_normal_customer' }) }));
    expect(within(await panel()).getByText(/Over: The customer hung up after the conversation/)).toBeVisible();
    expect(screen.getByRole('button', { name: 'Finish' })).toBeVisible();
    expect(screen.queryByRole('button', { name: /Mute/ })).toBeNull();
  });

  it('shows an ending that has no words as it is', async () => {
    await at(spoken({ state: 'wrap_up', call: call({ state: 'ended', ending: 'eaten_by_dog' }) }));
    expect(within(await panel()).getByText(/eaten_by_dog/)).toBeVisible();
  });

  it('mutes with F8, and shows it only when the server says so', async () => {
    const { asked, socket } = await at(spoken());
    await panel();
    fireEvent.keyDown(window, { code: 'F8', key: 'F8' });
    await waitFor(() => expect(acts(asked)).toContainEqual(['mute', { on: true }]));
    expect(screen.queryByText(/You are muted/)).toBeNull();
    await says(socket, { type: 'delta', seq: 2, change: { topic: 'desk', data: { contacts: [spoken({ call: call({ muted: ['a1'] }) })] } } });
    expect(screen.getByText('You are muted: nobody hears you.')).toBeVisible();
    fireEvent.keyDown(window, { code: 'F8', key: 'F8' });
    await waitFor(() => expect(acts(asked)).toContainEqual(['mute', { on: false }]));
  });

  it('does not call a colleague who is muted me', async () => {
    await at(spoken({ call: call({ muted: ['a2'] }) }));
    await panel();
    expect(screen.queryByText(/You are muted/)).toBeNull();
  });

  it('pauses the recording with Shift+F8, and counts down to the alarm', async () => {
    const { asked, socket } = await at(spoken());
    await panel();
    fireEvent.keyDown(window, { code: 'F8', key: 'F8', shiftKey: true });
    await waitFor(() => expect(acts(asked)).toContainEqual(['recording', { paused: true }]));
    const pause_until = new Date(Date.now() + 90_000).toISOString();
    await says(socket, { type: 'delta', seq: 2, change: { topic: 'desk', data: { contacts: [spoken({ call: call({ recording: 'paused', pause_until }) })] } } });
    expect(screen.getByText('Recording paused').textContent).toMatch(/01:(30|29|31)/);
    await userEvent.click(screen.getByRole('button', { name: /Record again/ }));
    await waitFor(() => expect(acts(asked)).toContainEqual(['recording', { paused: false }]));
  });

  it('says aloud that a pause was left open too long', async () => {
    await at(spoken({ call: call({ recording: 'paused', pause_until: null }) }));
    expect(within(await panel()).getByRole('alert')).toHaveTextContent('The recording has been paused for too long.');
  });

  it('passes a customer on outside at once', async () => {
    const { asked } = await at(spoken());
    await userEvent.click(await screen.findByRole('button', { name: 'Call outside' }));
    const button = await screen.findByRole('button', { name: 'Pass on at once' });
    expect(button).toBeDisabled();
    await userEvent.type(screen.getByRole('textbox', { name: 'Number' }), '+4930123');
    await userEvent.click(button);
    await waitFor(() => expect(acts(asked)).toContainEqual(['outside', { number: '+4930123', transfer: true }]));
  });

  it('says aloud that a recording failed, and offers no pause where none is wanted', async () => {
    await at(spoken({ call: call({ recording: 'failed' }) }));
    await panel();
    expect(screen.getByText('Not recorded: a fault')).toHaveAttribute('role', 'alert');
    expect(screen.queryByRole('button', { name: /Pause recording/ })).toBeNull();
  });

  it('presses keys by click and by keyboard, in their order', async () => {
    const { asked } = await at(spoken());
    await userEvent.click(await screen.findByRole('button', { name: 'Keypad' }));
    await userEvent.click(await screen.findByRole('button', { name: '4' }));
    await userEvent.keyboard('2#');
    await waitFor(() => expect(acts(asked).filter(([what]) => what === 'digits').map(([, body]) => (body as { digits: string }).digits).join('')).toBe('42#'));
    expect(screen.getByLabelText('Keys pressed')).toHaveTextContent('42#');
  });

  it('calls outside, and joins or passes on only once somebody has answered', async () => {
    const { asked, socket } = await at(spoken());
    await userEvent.click(await screen.findByRole('button', { name: 'Call outside' }));
    await userEvent.type(await screen.findByRole('textbox', { name: 'Number' }), '+4930123{Enter}');
    await waitFor(() => expect(acts(asked)).toContainEqual(['outside', { number: '+4930123', transfer: false }]));
    const outsideIs = async (seq: number, state: string, ending?: string) =>
      says(socket, { type: 'delta', seq, change: { topic: 'desk', data: { contacts: [spoken({ state: 'holding', call: call({ outside: { number: '+4930123', state, ending: ending ?? null } }) })] } } });
    await outsideIs(2, 'ringing');
    const outside = within(screen.getByRole('group', { name: 'Outside: +4930123' }));
    expect(outside.getByRole('button', { name: 'Join all' })).toBeDisabled();
    expect(outside.getByRole('button', { name: 'Transfer' })).toBeDisabled();
    expect(outside.getByRole('button', { name: 'Let go' })).toBeEnabled();
    await outsideIs(3, 'talking');
    await userEvent.click(outside.getByRole('button', { name: 'Join all' }));
    await waitFor(() => expect(acts(asked)).toContainEqual(['outside/act', { act: 'join' }]));
    await outsideIs(4, 'joined');
    expect(outside.queryByRole('button', { name: 'Join all' })).toBeNull();
    await userEvent.click(outside.getByRole('button', { name: 'Transfer' }));
    await waitFor(() => expect(acts(asked)).toContainEqual(['outside/act', { act: 'transfer' }]));
    await outsideIs(5, 'failed', 'busy');
    expect(screen.getByText('+4930123 was not reached. Busy.')).toBeVisible();
    expect(screen.getByRole('button', { name: 'Call outside' })).toBeEnabled();
  });

  it('says that the customer holds and that a lead speaks', async () => {
    await at(spoken({ call: call({ held_by_customer: true, supervisor: 'whisper' }) }));
    await panel();
    expect(screen.getByText('The customer has put you on hold.')).toBeVisible();
    expect(screen.getByText('A lead speaks with you; the customer does not hear it.')).toBeVisible();
  });

  it('calls back who was promised it, with a phone', async () => {
    phone.link.set('open');
    const { asked } = await at(chat('c1', { channel: 'callback' }));
    await userEvent.click(await screen.findByRole('button', { name: 'Call back' }));
    await waitFor(() => expect(acts(asked)).toContainEqual(['call-back', {}]));
    await userEvent.click(screen.getByRole('button', { name: 'Not reached' }));
    await waitFor(() => expect(acts(asked)).toContainEqual(['not-reached', {}]));
  });

  it('offers no call back without a phone, and says why', async () => {
    await at(chat('c1', { channel: 'callback' }), 'none');
    expect(await screen.findByRole('button', { name: 'Call back' })).toBeDisabled();
    expect(screen.getByText('Connect your phone first.')).toBeVisible();
  });

  it('offers no second call while one rings', async () => {
    phone.link.set('open');
    await at(chat('c1', { channel: 'callback', call: call({ direction: 'outbound', state: 'ringing', recording: 'off' }) }));
    expect(within(await panel()).getByText('Ringing')).toBeVisible();
    expect(screen.queryByRole('button', { name: 'Call back' })).toBeNull();
  });

  it('leaves written contacts as they were', async () => {
    await at(chat('c1', { messages: [message(1, 'customer', 'Hello')] }));
    expect(screen.queryByRole('region', { name: 'Call' })).toBeNull();
    expect(screen.getByRole('textbox', { name: 'Message to Jeanne Lefèvre' })).toBeVisible();
  });
});

describe('the phone in the frame', () => {
  afterEach(() => {
    placeHub(undefined);
    phone.link.set('idle');
    localStorage.clear();
  });

  it('is not there without telephony', async () => {
    await at(chat('c1'), 'off');
    await screen.findByRole('button', { name: /^Your state/ });
    expect(screen.queryByRole('button', { name: /^Phone/ })).toBeNull();
    expect(screen.queryByRole('button', { name: 'Call…' })).toBeNull();
  });

  it('never says ready before the server does, nor while the server is out of reach', async () => {
    phone.link.set('open');
    const { socket } = await at(chat('c1'), 'connecting');
    expect(await screen.findByRole('button', { name: 'Phone: Connecting…' })).toBeVisible();
    await says(socket, { type: 'delta', seq: 2, change: { topic: 'desk', data: { me: deskOf([], { phone: { state: 'ready' } }).me } } });
    expect(screen.getByRole('button', { name: 'Phone: Ready' })).toBeVisible();
    socket.drop();
    expect(await screen.findByRole('button', { name: 'Phone: State unknown' })).toBeVisible();
  });

  it('calls out for a client, and shows the contact that it became', async () => {
    phone.link.set('open');
    const { asked } = await at(chat('c1'), 'ready', {}, {
      'GET /desk/clients': [{ client: 'k1', name: 'Hôtel Saint-Roch', initials: 'HS', hue: 150, alias: 'Claire' }, { client: 'k2', name: 'Nordlicht', initials: 'NO', hue: 10, alias: 'Claire' }],
      'POST /desk/dial': { contact: 'c9' },
    });
    await userEvent.click(await screen.findByRole('button', { name: 'Call…' }));
    const dialog = within(await screen.findByRole('dialog'));
    expect(dialog.getByRole('button', { name: 'Call' })).toBeDisabled();
    await userEvent.click(dialog.getByRole('combobox', { name: 'For' }));
    await userEvent.click(await screen.findByRole('option', { name: 'Nordlicht' }));
    await userEvent.type(dialog.getByRole('textbox', { name: 'Number' }), '+33142345678');
    await userEvent.click(dialog.getByRole('button', { name: 'Call' }));
    await waitFor(() => expect(asked).toContainEqual({ method: 'POST', path: '/desk/dial', body: { client: 'k2', number: '+33142345678' } }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  it('is a step of the start of the shift', async () => {
    const opened = await open('/desk', person({ agent: 'a1' }));
    await says(opened.socket, {
      type: 'snapshot', seq: 1, view: { topic: 'desk', data: deskOf([], { state: { kind: 'signed_out', since: '2026-11-22T09:00:00Z' }, phone: { state: 'none' } }) },
    });
    expect(await screen.findByText(/Connect, speak, and see the bar move/)).toBeVisible();
    expect(screen.getByRole('meter', { name: 'Level of the microphone' })).toBeVisible();
    expect(screen.getByRole('button', { name: 'Connect' })).toBeEnabled();
  });
});
