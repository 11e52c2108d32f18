import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';

import type { FollowUps, FollowUpView, SessionView } from '../api/types';
import { setLocale } from '../i18n/t';
import { endLive, placeHub } from '../live/hub';
import { open, person } from '../testing/scripted';

const lost = (contact: string, change: Partial<FollowUpView> = {}): FollowUpView => ({
  contact, client: 'k1', client_name: 'Hôtel Saint-Roch', client_initials: 'HS', client_hue: 150, queue: 'q1', queue_name: 'Reservations', channel: 'voice',
  ending: 'abandoned', phone: '+33612345678', language: 'fr', lost: '2026-11-21T20:05:00Z', wait_ms: 42_000, state: 'open', may_answer: true, ...change,
});
const page = (...items: FollowUpView[]): FollowUps => ({ items, open: items.filter(({ state }) => state === 'open' || state === 'taken').length });
const agent = person({ role: 'agent', agent: 'a1' });

async function at(items: FollowUpView[], me: SessionView = agent, answers: Record<string, unknown> = {}, query = 'lost=true') {
  const opened = await open(`/left-messages?${query}`, me, {
    'GET /left-messages': { items: [], open: 2, lost: items.length }, 'GET /follow-ups': page(...items), 'GET /clients': { items: [] }, ...answers,
  });
  await screen.findByRole('heading', { level: 1, name: 'Messages left' });
  return opened;
}
const acts = (asked: { method: string; path: string; body: unknown }[]) => asked.filter(({ method }) => method === 'POST').map(({ path, body }) => [path, body]);

describe('lost contacts', () => {
  afterEach(async () => {
    endLive();
    placeHub(undefined);
    vi.unstubAllGlobals();
    await setLocale('en');
  });

  it('says who was lost how, and counts them with the messages', async () => {
    await at([lost('c1'), lost('c2', { phone: null, email: 'zoe@example.org', channel: 'chat', ending: 'queue_full', state: 'taken', taken_by: 'a2', taken_by_name: 'Ben' })]);
    const first = await screen.findByRole('article', { name: /\+33612345678.*Hôtel Saint-Roch · Reservations/ });
    expect(first).toHaveTextContent(/abandoned · waited 0?0:42/);
    const second = screen.getByRole('article', { name: /zoe@example.org/ });
    expect(second).toHaveTextContent('Taken · Ben');
    expect(within(second).queryByRole('button')).toBeNull();
    expect(screen.getByRole('radio', { name: 'Lost contacts (2)' })).toBeChecked();
    const entry = within(screen.getByRole('navigation')).getByRole('link', { name: /Messages left/ });
    expect(await within(entry).findByRole('img', { name: '4 open messages and lost contacts' })).toHaveTextContent('4');
  });

  it('calls back for the client, and takes the contact with it', async () => {
    const { asked } = await at([lost('c1')], agent, {
      'POST /follow-ups/k1/c1/take': lost('c1', { state: 'taken', taken_by: 'a1' }), 'POST /desk/dial': { contact: 'c9' },
    });
    await userEvent.click(await screen.findByRole('button', { name: 'Call back' }));
    await waitFor(() => expect(acts(asked)).toEqual([
      ['/follow-ups/k1/c1/take', {}], ['/desk/dial', { client: 'k1', number: '+33612345678', queue: 'q1' }],
    ]));
  });

  it('asks why before somebody is excused, by keyboard, and takes it back', async () => {
    const { asked } = await at([lost('c1')], agent, {
      'POST /follow-ups/k1/c1/close': lost('c1', { state: 'excused', taken_by: 'a1', note: 'A fax.' }), 'POST /follow-ups/k1/c1/reopen': lost('c1', { state: 'taken', taken_by: 'a1' }),
    });
    await screen.findByRole('article', { name: /612345678/ });
    await userEvent.keyboard('{ArrowDown}x');
    const why = screen.getByRole('textbox', { name: /Why does nobody need to be reached/ });
    expect(why).toHaveFocus();
    expect(screen.getByRole('button', { name: 'Save as excused' })).toBeDisabled();
    await userEvent.type(why, 'A fax.{Control>}{Enter}{/Control}');
    await screen.findByText('+33612345678 is excused.');
    await userEvent.click(screen.getByRole('button', { name: 'Undo' }));
    await screen.findByText('Taken back: +33612345678.');
    expect(acts(asked)).toEqual([
      ['/follow-ups/k1/c1/close', { outcome: 'excused', note: 'A fax.' }], ['/follow-ups/k1/c1/reopen', { from: 'excused' }],
    ]);
  });

  it('marks as reached without a word', async () => {
    const { asked } = await at([lost('c1')], agent, { 'POST /follow-ups/k1/c1/close': lost('c1', { state: 'reached', taken_by: 'a1' }) });
    await userEvent.click(await screen.findByRole('button', { name: 'Reached' }));
    await userEvent.click(screen.getByRole('button', { name: 'Save as reached' }));
    await screen.findByText('+33612345678 is reached.');
    expect(acts(asked)).toEqual([['/follow-ups/k1/c1/close', { outcome: 'reached', note: '' }]]);
  });

  it('says what closed it by itself, and leads an office there', async () => {
    await at([lost('c1', { state: 'again', by_contact: 'c2', closed: '2026-11-21T20:30:00Z' })], person({ role: 'team_lead' }), {}, 'lost=true&all=true');
    const row = await screen.findByRole('article', { name: /612345678/ });
    expect(row).toHaveTextContent('Lost again later');
    expect(within(row).getByRole('link', { name: 'Look at that contact' })).toHaveAttribute('href', '/contacts/c2');
    expect(within(row).getByRole('button', { name: 'Reopen' })).toBeVisible();
    expect(within(row).queryByRole('button', { name: 'Call back' })).toBeNull();
  });

  it('shows an office why it cannot take, and a client’s people nothing to do', async () => {
    const opened = await at([lost('c1', { may_answer: false })], person({ role: 'team_lead' }));
    const take = await screen.findByRole('button', { name: 'Take' });
    expect(take).toHaveAttribute('aria-disabled', 'true');
    opened.page.unmount();
    await at([lost('c1', { may_answer: false })], person({ role: 'client_reader', client: { id: 'k1', name: 'Hôtel', zone: 'Europe/Paris' } }));
    const row = await screen.findByRole('article', { name: /612345678/ });
    expect(within(row).queryByRole('button')).toBeNull();
  });

  it('says so when nobody waits, and when nothing is found', async () => {
    await at([]);
    await screen.findByText('Nobody waits to be called back');
    await userEvent.type(screen.getByRole('textbox', { name: 'Words, name, address or number' }), '0612');
    expect(await screen.findByText('Nothing fits these words and days')).toBeVisible();
  });
});
