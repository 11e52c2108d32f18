import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';

import type { DeskPhoneView, NumberView, Role, TrunkView } from '../../api/types';
import { endLive, placeHub } from '../../live/hub';
import { open, person } from '../../testing/scripted';

const trunk: TrunkView = {
  id: 't1', name: 'Carrier A', active: true, server: 'sip.carrier.example', transport: 'udp', encryption: null, addresses: [], register: false, username: null, trusted: false,
  country: '33', national_prefix: '0', international_prefix: '00', number_form: 'e164', calls_max: 30, calls_per_second: 5, priority: 10,
  has_secret: true, health: 'down', health_why: 'registrar_answered_403', version: 4,
};
const number: NumberView = { number: '+33142345678', client: 'k1', client_name: 'Nordlicht', label: 'Orders', queue: 'q1', flow: null, active: true, version: 2 };
const deskPhone: DeskPhoneView = { agent: 'a1', agent_name: 'Anna Roux', name: 'anna', address: null, transport: 'udp', has_secret: true, there: false, version: 2 };
const clients = { items: [{ id: 'k1', name: 'Nordlicht' }, { id: 'k2', name: 'Hôtel Saint-Roch' }], next: null };
const terms = { terms: { languages: ['fr', 'en'], queues: [{ id: 'q1', name: 'Orders', channels: ['voice'] }, { id: 'q2', name: 'Chat', channels: ['chat'] }] } };
const at = (path: string, answers: Record<string, unknown>, role: Role = 'administrator') => open(path, person({ role }), answers);
const sent = (asked: { method: string; path: string; body: unknown }[]) => asked.filter(({ method }) => method !== 'GET').map(({ method, path, body }) => [method, path, body]);

describe('administration of telephony', () => {
  afterEach(() => {
    endLive();
    placeHub(undefined);
    vi.unstubAllGlobals();
  });

  it('says how a trunk is and why, and keeps its secret when none is written', async () => {
    const { asked } = await at('/admin/trunks', { 'GET /trunks': [trunk], 'PUT /trunks/t1': { ...trunk, version: 5 } });
    expect(await screen.findByText('The registration was answered with 403')).toBeVisible();
    await userEvent.click(screen.getByRole('button', { name: 'Edit Carrier A' }));
    const calls = screen.getByRole('textbox', { name: 'Calls at once' });
    await userEvent.clear(calls);
    await userEvent.type(calls, '60');
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    await screen.findByText('Carrier A is saved.');
    const { id: _id, has_secret: _secret, health: _health, health_why: _why, ...kept } = trunk;
    expect(sent(asked)).toEqual([['PUT', '/trunks/t1', { ...kept, calls_max: 60 }]]);
  });

  it('puts what the server finds wrong beside its field', async () => {
    const refused = Response.json({
      code: 'not_valid', message: 'The trunk cannot be kept.', next: 'Correct it.', request_id: 'r1',
      faults: [{ field: 'addresses[0]', code: 'network', message: 'This is no network.', next: 'Write the one that the carrier names.' }],
    }, { status: 422 });
    await at('/admin/trunks', { 'GET /trunks': [], 'POST /trunks': refused });
    await userEvent.click(await screen.findByRole('button', { name: 'New trunk' }));
    await userEvent.click(screen.getByRole('button', { name: 'Create' }));
    expect(await screen.findByText('This is no network. Write the one that the carrier names.')).toBeVisible();
  });

  it('shows trunks to the office, and says who may change them', async () => {
    await at('/admin/trunks', { 'GET /trunks': [trunk] }, 'planner');
    const edit = await screen.findByRole('button', { name: 'Edit Carrier A' });
    expect(edit).toBeDisabled();
    expect(edit).toHaveAttribute('title', 'Only administrators can change this.');
  });

  it('gives a number to a queue of its client that takes calls', async () => {
    const { asked } = await at('/admin/numbers', {
      'GET /numbers': [number], 'GET /clients': clients, 'GET /clients/k2/contract-draft': terms, 'GET /clients/k2/flows': [], 'PUT /numbers/%2B33199000001': { ...number, number: '+33199000001' },
    });
    await userEvent.click(await screen.findByRole('button', { name: 'New number' }));
    const dialog = within(await screen.findByRole('dialog'));
    await userEvent.type(dialog.getByRole('textbox', { name: /^Number/ }), '+33199000001');
    await userEvent.click(dialog.getByRole('combobox', { name: /^Client/ }));
    await userEvent.click(await screen.findByRole('option', { name: 'Hôtel Saint-Roch' }));
    await waitFor(() => expect(dialog.getByRole('combobox', { name: /^Queue/ })).toBeEnabled());
    await userEvent.click(dialog.getByRole('combobox', { name: /^Queue/ }));
    expect(screen.getAllByRole('option').map(({ textContent }) => textContent)).toEqual(['Orders']);
    await userEvent.click(screen.getByRole('option', { name: 'Orders' }));
    await userEvent.click(dialog.getByRole('button', { name: 'Create' }));
    await waitFor(() => expect(sent(asked)).toEqual([
      ['PUT', '/numbers/%2B33199000001', { number: '+33199000001', client: 'k2', queue: 'q1', flow: null, label: '', active: true, version: 0 }],
    ]));
  });

  it('changes how a client’s calls are treated', async () => {
    const settings = { record: false, notice: [], broadcast: [], callback_key: null, ring_s: 10, outbound_number: null, version: 3 };
    const { asked } = await at('/admin/clients/k1/calls', {
      'GET /clients/k1': { id: 'k1', name: 'Nordlicht', initials: 'NO', hue: 10, status: 'live', version: 1 }, 'GET /clients/k1/checklist': { ready: true, points: [] },
      'GET /clients/k1/voice': settings, 'GET /clients/k1/contract-draft': terms, 'GET /numbers': [number], 'GET /clients/k1/prompts': { items: [], can_speak: true },
      'GET /clients/k1/broadcast': { on: false, is_set: false }, 'PUT /clients/k1/voice': { ...settings, record: true, version: 4 },
    });
    await userEvent.click(await screen.findByRole('switch', { name: 'Record calls' }));
    await userEvent.type(await screen.findByRole('textbox', { name: /^Notice of recording, French/ }), 'Cet appel est enregistré.');
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    await screen.findByText('Saved');
    expect(sent(asked)).toEqual([['PUT', '/clients/k1/voice', { ...settings, record: true, notice: [{ language: 'fr', text: 'Cet appel est enregistré.' }] }]]);
    expect(await screen.findByRole('switch', { name: 'Record calls' })).toBeChecked();
    // A long form takes its time on a busy machine.
  }, 90_000);

  it('says which can be called, and gives one a fixed address', async () => {
    const { asked } = await at('/admin/desk-phones', { 'GET /desk-phones': [deskPhone], 'PUT /desk-phones/a1': { ...deskPhone, version: 3 } });
    const row = await screen.findByRole('row', { name: /Anna Roux/ });
    expect(row).toHaveTextContent('Not registered');
    await userEvent.click(screen.getByRole('button', { name: 'Edit Anna Roux' }));
    const form = await screen.findByRole('dialog');
    await userEvent.click(within(form).getByText('At a fixed address'));
    await userEvent.type(within(form).getByLabelText('Address'), '10.0.0.7');
    await userEvent.click(within(form).getByRole('button', { name: 'Save' }));
    expect(sent(asked)).toEqual([['PUT', '/desk-phones/a1', { version: 2, name: 'anna', transport: 'udp', address: '10.0.0.7' }]]);
  });
});
