import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';

import type { BoardAgent, BoardClient, BoardView, DayFigures, Role } from '../api/types';
import { placeHub } from '../live/hub';
import { open, person, says } from '../testing/scripted';

const since = '2026-11-22T09:00:00Z';
const day = (change: Partial<DayFigures> = {}): DayFigures => ({
  waiting: 0, talking: 0, offered: 10, answered: 9, abandoned: 1, short_abandoned: 0, overflow_answered: 0, service_level_permille: 853, ...change,
});
const client = (id: string, name: string, change: Partial<BoardClient> = {}): BoardClient => ({
  id, name, initials: name.slice(0, 2), hue: 100, model: 'shared', period: 'day', service: 'shared', open: true, target_percent: 70, threshold_s: 30,
  formula: 'of_offered', day: day(), ...change,
});
const agent = (id: string, name: string, change: Partial<BoardAgent> = {}): BoardAgent => ({
  id, name, state: { kind: 'available', since }, pools: ['p1'], contacts: [], points_used: 0, answered: 1, missed: 0, ...change,
});
const view: BoardView = {
  floor: { waiting: 1, talking: 1, longest_since: since, offered: 10, answered: 9, abandoned: 1, short_abandoned: 0, abandonment_permille: 100, agents_signed_in: 2, agents_available: 1 },
  clients: [client('k1', 'Hôtel Saint-Roch'), client('k2', 'Nordlicht', { model: 'hybrid', service: 'dedicated', period: 'office', day: day({ service_level_permille: null }) })],
  queues: [{ id: 'q1', client: 'k1', name: 'Reservations', day: day(), agents_staffed: 2, agents_available: 1 }],
  agents: [
    agent('a1', 'Amélie Durand'),
    agent('a2', 'Ben Okafor', { state: { kind: 'talking', since }, contacts: [{ contact: 'c1', client: 'k1', channel: 'chat', since, state: 'talking', over_limit: false }] }),
    agent('a3', 'Chloé Rossi', { state: { kind: 'signed_out', since } }),
  ],
  waiting: [{ id: 'c9', client: 'k1', queue: 'q1', channel: 'chat', language: 'fr', since, breaches_at: since, offers: 1, overflow: false, for_opening: false }],
};

async function at(path: string, answers: Record<string, unknown> = {}, role: Role = 'shift_lead') {
  const opened = await open(path, person({ role }), answers);
  await says(opened.socket, { type: 'snapshot', seq: 1, view: { topic: 'board', data: view } });
  await screen.findByRole('heading', { name: 'Agents' });
  return opened;
}

const names = (): (string | null)[] =>
  within(screen.getByRole('grid')).getAllByRole('row').slice(1).map((row) => within(row).getAllByRole('gridcell')[0]?.textContent ?? null);

describe('the board', () => {
  afterEach(() => {
    placeHub(undefined);
  });

  it('shows each client with its period, its level and by what formula', async () => {
    await at('/board');
    const row = screen.getByRole('row', { name: /Saint-Roch.*85%/ });
    expect(row).toHaveTextContent('shared · day');
    expect(row).toHaveTextContent('Promised: 70 % within 30 s. Answered in time, of all that ended.');
    expect(screen.getByRole('row', { name: /Nordlicht/ })).toHaveTextContent('Hybrid, now dedicated · office');
  });

  it('shows no level rather than zero before the first contact', async () => {
    await at('/board');
    expect(screen.getByRole('row', { name: /Nordlicht/ })).toHaveTextContent('–');
  });

  it('changes a row when the server says so, and none before', async () => {
    const { socket } = await at('/board');
    await says(socket, { type: 'delta', seq: 2, change: { topic: 'board', data: { clients: [client('k1', 'Hôtel Saint-Roch', { day: day({ service_level_permille: 612 }) })] } } });
    expect(screen.getByRole('row', { name: /Saint-Roch.*61%/ })).toBeVisible();
  });

  it('counts agents by state, leaves out who is not there, and filters by a counter', async () => {
    await at('/board');
    expect(names()).toEqual(['Amélie Durand', 'Ben Okafor']);
    await userEvent.click(screen.getByRole('button', { name: '1 signed out' }));
    expect(names()).toEqual(['Chloé Rossi']);
  });

  it('finds an agent by Ctrl+F, without accents', async () => {
    await at('/board');
    fireEvent.keyDown(window, { code: 'KeyF', key: 'f', ctrlKey: true });
    expect(screen.getByRole('textbox', { name: 'Find an agent' })).toHaveFocus();
    await userEvent.keyboard('ame');
    await waitFor(() => expect(names()).toEqual(['Amélie Durand']));
  });

  it('says why a contact waits, and moves it to the head', async () => {
    const { asked } = await at('/board', {
      'GET /board/contacts/c9/why': {
        sentence: 'In English.', stand: 'waits', ahead: 2, callback: true, next: { at: since, code: 'overflow_opens', text: 'In English.' },
        who: { team: 'Riviera', pools: ['Day', 'Night'], period: 'Office', service: 'shared', staffed: 3, kept_for: null, overflow_open: false },
        reasons: [{ code: 'no_sign_off', text: 'In English.', agents: 4 }], agents: [],
        decisions: [{
          at: since, agent: 'a1', name: 'Amélie Durand', kind: 'queue', sentence: 'In English.', outcome: 'missed',
          facts: {
            agent_rule: 'longest_idle', contact_rule: 'nearest_breach', others: 1, others_named: ['Bruno Weber'],
            not_asked: [{ name: 'Chloé Rossi', code: 'away' }], not_asked_counts: [{ code: 'away', agents: 1 }],
            waited_ms: 25_000, waiting_behind: 2, contract_version: 3, period: 1, overflow: false, skills_relaxed: 0,
          },
        }],
      },
      'POST /board/contacts/c9/expedite': undefined,
      'POST /board/contacts/c9/cancel-callback': undefined,
    });
    await userEvent.click(screen.getByRole('button', { name: 'Why?' }));
    expect(await screen.findByText(
      'It may be answered by the team Riviera and the pools Day, Night, in the period “Office” (shared). 3 agents who fit are signed in, and none is free.',
    )).toBeVisible();
    expect(screen.getByText('not signed off for this client')).toBeVisible();
    expect(screen.getByText(/Offered to Amélie Durand, who had the least work .* Next in order: Bruno Weber\. Not asked: Chloé Rossi \(away\)\..* waited 00:25, with 2 /)).toBeVisible();
    expect(screen.queryByText(/In English/)).not.toBeInTheDocument();
    expect(screen.getByText('2 contacts are ahead of it.')).toBeVisible();
    await userEvent.click(screen.getByRole('button', { name: 'Put first in its queue' }));
    await waitFor(() => expect(asked.map(({ path }) => path)).toContain('/board/contacts/c9/expedite'));
    await userEvent.click(screen.getByRole('button', { name: 'Cancel the call back' }));
    await waitFor(() => expect(asked.map(({ path }) => path)).toContain('/board/contacts/c9/cancel-callback'));
  });

  it('moves an agent between pools with a reason, and takes it back', async () => {
    const { asked } = await at('/board?agent=a1', {
      'GET /board/pools': [{ id: 'p1', name: 'Day' }, { id: 'p2', name: 'Night' }],
      'POST /board/agents/a1/move': { undo: 'u9', before: ['p1'], after: ['p1', 'p2'] },
      'POST /board/moves/u9/undo': undefined,
    });
    await userEvent.click(await screen.findByRole('checkbox', { name: 'Night' }));
    const move = screen.getByRole('button', { name: 'Move' });
    expect(move).toBeDisabled();
    await userEvent.type(screen.getAllByRole('textbox', { name: /Reason/ }).at(-1) as HTMLElement, 'Peak');
    await userEvent.click(move);
    await userEvent.click(await screen.findByRole('button', { name: 'Undo' }));
    await waitFor(() => expect(asked.map(({ path }) => path)).toContain('/board/moves/u9/undo'));
    expect(asked).toContainEqual({ method: 'POST', path: '/board/agents/a1/move', body: { pools: ['p1', 'p2'], reason: 'Peak' } });
  });

  it('takes a contact off a desk', async () => {
    const { asked } = await at('/board?agent=a2', { 'GET /board/pools': [], 'POST /board/agents/a2/contacts/c1/release': undefined });
    await userEvent.click(screen.getByRole('button', { name: 'Release' }));
    await waitFor(() => expect(asked.map(({ path }) => path)).toContain('/board/agents/a2/contacts/c1/release'));
  });

  it('lets whoever does not lead look, and says why they cannot act', async () => {
    await at('/board?agent=a2', { 'GET /board/pools': [] }, 'planner');
    expect(screen.getByRole('button', { name: 'Release' })).toBeDisabled();
    expect(screen.getByText('Only team leads, shift leads and administrators can change this.')).toBeVisible();
  });

  it('fills a wall screen and comes back with Escape', async () => {
    await at('/board');
    await userEvent.click(screen.getByRole('button', { name: 'Show on a wall screen' }));
    expect(await screen.findByRole('heading', { name: 'The floor' })).toBeVisible();
    await userEvent.keyboard('{Escape}');
    expect(await screen.findByRole('grid')).toBeVisible();
  });
});
