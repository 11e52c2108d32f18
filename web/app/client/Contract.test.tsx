import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';

import type { AgreedContract, PeriodTerms, ProposalView, Role } from '../api/types';
import { setLocale } from '../i18n/t';
import { endLive, placeHub } from '../live/hub';
import { open, person } from '../testing/scripted';

const period = (name: string, control: PeriodTerms['control']): PeriodTerms => ({
  name, when: { kind: 'otherwise' }, service: { kind: 'shared', pools: ['p1'] }, control, nobody_on_shift: { kind: 'close' },
  promise: { threshold_s: 30, target_percent: 70, formula: 'of_offered', clock: 'first_ring', short_abandon_s: 5 },
});
const agreed = (change: Partial<AgreedContract> = {}): AgreedContract => ({
  client: 'k1', version: 4, valid_from: '2026-03-01T08:00:00Z', in_force: true, model: 'hybrid', controlled_by: 'shared', periods_of_client: ['Office'],
  terms: {
    zone: 'Europe/Paris', hours: 'c1', languages: ['en'], closed: { kind: 'message', text: [] }, dispositions: [], retention_days: 90, pause_max_s: 120,
    periods: [period('Office', 'client'), period('Nights', 'provider')],
    queues: [{
      id: 'q1', name: 'Bookings', channels: ['chat'], greeting: [], protocol: 'Ask for the date.', language_required: false, selection: 'longest_idle', offer_timeout_s: 20,
      wrap_up: { kind: 'none' }, waiting_max: 10,
    }],
  },
  ...change,
});
const proposal = (change: Partial<ProposalView> = {}): ProposalView => ({
  id: 'x1', client: 'k1', based_on: 4, note: 'Longer nights', author: 'Maud', proposed: '2026-03-02T08:00:00Z', state: 'open', answer: '', version: 1,
  changes: [{ field: 'retention_days', before: 90, after: 30 }], ...change,
});
const manager = (role: Role = 'client_manager') => person({ role, name: 'Maud', client: { id: 'k1', name: 'Hôtel Saint-Roch', zone: 'Europe/Paris' } });

async function at(contract: AgreedContract, answers: Record<string, unknown> = {}, role: Role = 'client_manager') {
  const opened = await open('/contract', manager(role), {
    'GET /clients/k1/contract': contract, 'GET /clients/k1/proposals': [], 'GET /clients/k1/contracts': [],
    'POST /clients/k1/contract/preview': { changes: [], faults: [], own: contract.terms }, ...answers,
  });
  await screen.findByRole('heading', { level: 1, name: 'Contract' });
  return opened;
}
const sent = (asked: { method: string; path: string; body: unknown }[]) => asked.filter(({ method, path }) => method !== 'GET' && !path.endsWith('/preview'));
const office = () => screen.getByRole('region', { name: 'Office' });

describe('the contract for the client’s own people', () => {
  afterEach(async () => {
    endLive();
    placeHub(undefined);
    vi.unstubAllGlobals();
    await setLocale('en');
  });

  it('publishes what is the client’s', async () => {
    const { asked } = await at(agreed(), { 'PUT /clients/k1/contract': { version: 5 } });
    expect(within(office()).getByText('yours to change')).toBeVisible();
    expect(within(screen.getByRole('region', { name: 'Nights' })).getByText('by proposal')).toBeVisible();
    expect(screen.getByRole('button', { name: 'Publish' })).toBeDisabled();
    const target = within(office()).getByRole('textbox', { name: 'Target' });
    await userEvent.clear(target);
    await userEvent.type(target, '85');
    await userEvent.type(screen.getByRole('textbox', { name: 'What changes and why' }), 'Better');
    await userEvent.click(screen.getByRole('button', { name: 'Publish' }));
    await screen.findByText('Version 5 is published.');
    const [change] = sent(asked);
    expect(change).toMatchObject({ method: 'PUT', body: { based_on: 4, note: 'Better', terms: { periods: [{ promise: { target_percent: 85 } }, { promise: { target_percent: 70 } }] } } });
  });

  it('sends what is not as a proposal', async () => {
    const { asked } = await at(agreed({ controlled_by: 'provider', periods_of_client: [] }), { 'POST /clients/k1/proposals': proposal() });
    expect(screen.queryByRole('button', { name: 'Publish' })).toBeNull();
    await userEvent.type(screen.getByRole('textbox', { name: 'Protocol' }), ' And the name.');
    await userEvent.type(screen.getByRole('textbox', { name: 'What changes and why' }), 'Names matter');
    await userEvent.click(screen.getByRole('button', { name: 'Send as a proposal' }));
    await screen.findByText('Your proposal has been sent.');
    expect(sent(asked)[0]).toMatchObject({ path: '/clients/k1/proposals', body: { based_on: 4, note: 'Names matter', terms: { queues: [{ protocol: 'Ask for the date. And the name.' }] } } });
    expect(screen.getByRole('textbox', { name: 'Protocol' })).toHaveValue('Ask for the date.');
  });

  it('shows what was answered, and takes an open proposal back', async () => {
    const { asked } = await at(agreed(), {
      'GET /clients/k1/proposals': [proposal(), proposal({ id: 'x2', state: 'refused', answer: 'Too short', note: 'Other' })],
      'POST /clients/k1/proposals/x1/withdraw': proposal({ state: 'withdrawn' }),
    });
    expect(await screen.findByText('Too short')).toBeVisible();
    expect(screen.queryByRole('button', { name: 'Accept and publish' })).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: 'Withdraw' }));
    await waitFor(() => expect(sent(asked)).toEqual([{ method: 'POST', path: '/clients/k1/proposals/x1/withdraw', body: { version: 1 } }]));
    // The provider's pools and teams are nothing that a client's page asks for.
    expect(asked.some(({ path }) => path === '/pools' || path === '/teams')).toBe(false);
  });

  it('shows what a change comes to, and what of it is only to be proposed', async () => {
    const changes = [{ field: 'periods[Nights].promise.target_percent', before: 70, after: 85 }];
    const faults = [{ entity: 'contract', field: 'periods[Nights].promise.target_percent', code: 'not_yours', message: 'The contract does not leave this to you.', next: '' }];
    await at(agreed(), { 'POST /clients/k1/contract/preview': { changes, faults, own: agreed().terms } });
    expect(screen.queryByRole('table', { name: 'What changes' })).toBeNull();
    const target = within(screen.getByRole('region', { name: 'Nights' })).getByRole('textbox', { name: 'Target' });
    await userEvent.clear(target);
    await userEvent.type(target, '85');
    const table = await screen.findByRole('table', { name: 'What changes' });
    expect(within(table).getAllByRole('row')).toHaveLength(2);
    expect(table).toHaveTextContent('85');
    expect(screen.getByText(/^These are not yours to change/)).toBeVisible();
  });

  it('tells who wrote a version where they are the client’s own, and takes an older one up again', async () => {
    const line = { model: 'hybrid', published: '2026-03-01T08:00:00Z', valid_from: '2026-03-01T08:00:00Z', in_force: false };
    const lines = [
      { ...line, version: 4, author: '', note: '', in_force: true },
      { ...line, version: 3, author: 'Maud', note: 'Shorter nights' },
    ];
    const older = { ...agreed().terms, retention_days: 30 };
    const own = { ...agreed().terms, queues: agreed().terms.queues.map((queue) => ({ ...queue, protocol: 'Ask for the room.' })) };
    const { asked } = await at(agreed(), {
      'GET /clients/k1/contracts': lines, 'GET /clients/k1/contracts/diff': { from: '3', to: '4', changes: [] },
      'GET /clients/k1/contracts/3': { version: 3, terms: older }, 'POST /clients/k1/contract/preview': { changes: [], faults: [], own },
    });
    const history = await screen.findByRole('table', { name: 'History' });
    expect(within(history).getByRole('row', { name: /^4/ })).toHaveTextContent('the provider');
    expect(within(history).getByRole('row', { name: /^3/ })).toHaveTextContent('Maud');
    await userEvent.click(screen.getByRole('button', { name: 'Use again the terms of version 3' }));
    await waitFor(() => expect(screen.getByRole('textbox', { name: 'Protocol' })).toHaveValue('Ask for the room.'));
    expect(asked.find(({ path }) => path.endsWith('/preview'))?.body).toMatchObject({ based_on: 4, terms: { retention_days: 30 } });
    // Discarded, the same one can be taken up once more.
    await userEvent.click(screen.getByRole('button', { name: 'Discard changes' }));
    expect(screen.getByRole('textbox', { name: 'Protocol' })).toHaveValue('Ask for the date.');
    await userEvent.click(screen.getByRole('button', { name: 'Use again the terms of version 3' }));
    await waitFor(() => expect(screen.getByRole('textbox', { name: 'Protocol' })).toHaveValue('Ask for the room.'));
  });

  it('keeps the canned answers where the contract is the client’s', async () => {
    const answer = { id: 'a1', client: 'k1', shortcut: 'hours', language: 'en', text: 'Nine to five.', version: 1 };
    const { asked } = await at(agreed({ controlled_by: 'client' }), { 'GET /clients/k1/canned-answers': [answer], 'DELETE /clients/k1/canned-answers/a1': undefined });
    await userEvent.click(await screen.findByRole('button', { name: 'Remove /hours' }));
    await screen.findByText(/\/hours/, { selector: '[role=alert] *' });
    expect(screen.queryByRole('button', { name: 'Undo' })).toBeNull();
    expect(sent(asked)).toEqual([{ method: 'DELETE', path: '/clients/k1/canned-answers/a1', body: undefined }]);
  });

  it('lets a reader read', async () => {
    await at(agreed(), {}, 'client_reader');
    expect(screen.getByRole('textbox', { name: 'Protocol' })).toBeDisabled();
    expect(screen.queryByRole('button', { name: 'Send as a proposal' })).toBeNull();
  });
});

describe('proposals at the provider’s', () => {
  afterEach(() => {
    endLive();
    placeHub(undefined);
    vi.unstubAllGlobals();
  });

  it('accepts one, and refuses one with a reason only', async () => {
    const clients = { id: 'k1', name: 'Hôtel', initials: 'HS', hue: 150, zone: 'Europe/Paris', status: 'live', version: 1 };
    const { asked } = await open('/admin/clients/k1/proposals', person({ role: 'account_manager' }), {
      'GET /clients/k1': clients, 'GET /clients/k1/checklist': { ready: true, points: [] }, 'GET /clients/k1/proposals': [proposal()],
      'GET /pools': [], 'GET /teams': [], 'GET /skills': [], 'GET /sites': [], 'GET /calendars': [],
      'POST /clients/k1/proposals/x1/refuse': proposal({ state: 'refused' }), 'POST /clients/k1/proposals/x1/accept': { version: 5 },
    });
    await userEvent.click(await screen.findByRole('button', { name: 'Refuse' }));
    await screen.findByText(/A refusal needs a reason/);
    expect(sent(asked)).toEqual([]);
    await userEvent.type(screen.getByRole('textbox', { name: 'Answer to the client' }), 'Not this year');
    await userEvent.click(screen.getByRole('button', { name: 'Refuse' }));
    await screen.findByText('The proposal is refused.');
    await userEvent.click(screen.getByRole('button', { name: 'Accept and publish' }));
    await screen.findByText('Accepted and published as version 5.');
    expect(sent(asked).map(({ path, body }) => [path, body])).toEqual([
      ['/clients/k1/proposals/x1/refuse', { version: 1, answer: 'Not this year' }],
      ['/clients/k1/proposals/x1/accept', { version: 1, answer: 'Not this year' }],
    ]);
  });
});
