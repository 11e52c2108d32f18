import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';

import type { LeftMessages, LeftMessageView, SessionView } from '../api/types';
import { setLocale } from '../i18n/t';
import { endLive, placeHub } from '../live/hub';
import { open, person } from '../testing/scripted';

const left = (message: string, change: Partial<LeftMessageView> = {}): LeftMessageView => ({
  message, client: 'k1', client_name: 'Hôtel Saint-Roch', client_initials: 'HS', client_hue: 150, queue_name: 'Reservations', name: 'Jeanne Lefèvre',
  kind: 'form', email: 'jeanne@example.org', language: 'fr', body: 'Une chambre pour vendredi ?', at: '2026-11-21T20:05:00Z', state: 'open', may_answer: true, ...change,
});
const page = (...items: LeftMessageView[]): LeftMessages => ({ items, open: items.filter(({ state }) => state !== 'done').length, lost: 0 });
const agent = person({ role: 'agent', agent: 'a1' });

async function at(path: string, items: LeftMessageView[], me: SessionView = agent, answers: Record<string, unknown> = {}) {
  const opened = await open(path, me, { 'GET /left-messages': page(...items), 'GET /clients': { items: [] }, ...answers });
  await screen.findByRole('heading', { level: 1, name: 'Messages left' });
  return opened;
}
const acts = (asked: { method: string; path: string; body: unknown }[]) => asked.filter(({ method }) => method === 'POST').map(({ path, body }) => [path, body]);

describe('messages left', () => {
  afterEach(async () => {
    endLive();
    placeHub(undefined);
    vi.unstubAllGlobals();
    await setLocale('en');
  });

  it('says who wrote what to whom, and counts them in the navigation', async () => {
    await at('/left-messages', [left('m1'), left('m2', { name: null, state: 'taken', taken_by: 'a2', taken_by_name: 'Ben' })]);
    const first = await screen.findByRole('article', { name: /Jeanne Lefèvre.*Hôtel Saint-Roch · Reservations/ });
    expect(within(first).getByText('Une chambre pour vendredi ?')).toHaveAttribute('lang', 'fr');
    expect(within(first).getByText(/ago/)).toHaveAttribute('datetime', '2026-11-21T20:05:00Z');
    const second = screen.getByRole('article', { name: /jeanne@example.org/ });
    expect(second).toHaveTextContent('Taken · Ben');
    expect(within(second).queryByRole('button')).toBeNull();
    const entry = within(screen.getByRole('navigation')).getByRole('link', { name: /Messages left/ });
    expect(await within(entry).findByRole('img', { name: '2 open messages and lost contacts' })).toHaveTextContent('2');
  });

  it('shows a voicemail with its number and deadline, and offers no mail', async () => {
    await at('/left-messages', [left('m1', { kind: 'voicemail', name: null, email: null, phone: '+33987654321', body: '', recording: 'r1', due: '2026-11-22T20:05:00Z' }), left('m2', { kind: 'voicemail', name: null, email: null, phone: null, body: '' })]);
    const spoken = screen.getByRole('article', { name: /\+33987654321/ });
    expect(within(spoken).getByText(/due /)).toBeVisible();
    expect(within(spoken).getByLabelText('Voicemail of +33987654321')).toHaveAttribute('src', '/api/v1/left-messages/k1/m1/audio');
    expect(within(spoken).getByRole('link', { name: '+33987654321' })).toHaveAttribute('href', 'tel:+33987654321');
    expect(within(spoken).queryByRole('link', { name: 'Write an answer' })).toBeNull();
    expect(within(spoken).getByRole('button', { name: /^Take/ })).toBeVisible();
    expect(screen.getByRole('article', { name: /Number withheld/ })).toBeVisible();
  });

  it('takes a message, and takes that back', async () => {
    const taken = left('m1', { state: 'taken', taken_by: 'a1', taken_by_name: 'Claire' });
    const { asked } = await at('/left-messages', [left('m1')], agent, {
      'POST /left-messages/k1/m1/take': taken, 'POST /left-messages/k1/m1/reopen': left('m1'),
    });
    await userEvent.click(await screen.findByRole('button', { name: 'Take' }));
    await screen.findByText('The message from Jeanne Lefèvre is yours.');
    await userEvent.click(screen.getByRole('button', { name: 'Undo' }));
    await screen.findByText('Taken back: the message from Jeanne Lefèvre.');
    expect(acts(asked)).toEqual([['/left-messages/k1/m1/take', {}], ['/left-messages/k1/m1/reopen', { from: 'taken' }]]);
  });

  it('asks how a message was answered before it is done', async () => {
    const taken = left('m1', { state: 'taken', taken_by: 'a1', taken_by_name: 'Claire' });
    const { asked } = await at('/left-messages', [taken], agent, { 'POST /left-messages/k1/m1/done': left('m1', { state: 'done', note: 'Two rooms.' }) });
    expect(await screen.findByRole('link', { name: 'Write a mail' })).toHaveAttribute('href', expect.stringMatching(/^mailto:jeanne@example\.org\?subject=Re%3A%20H%C3%B4tel/));
    await userEvent.click(screen.getByRole('button', { name: 'Done' }));
    const note = screen.getByRole('textbox', { name: /How was it answered/ });
    expect(note).toHaveFocus();
    expect(screen.getByRole('button', { name: 'Save as answered' })).toBeDisabled();
    await userEvent.type(note, 'Two rooms.{Control>}{Enter}{/Control}');
    await screen.findByText('The message from Jeanne Lefèvre is answered.');
    expect(acts(asked)).toEqual([['/left-messages/k1/m1/done', { note: 'Two rooms.' }]]);
  });

  it('is worked through by keyboard', async () => {
    const { asked } = await at('/left-messages', [left('m1'), left('m2', { name: 'Ivan' })], agent, {
      'POST /left-messages/k1/m2/take': left('m2', { state: 'taken', taken_by: 'a1' }),
    });
    await screen.findByRole('article', { name: /Jeanne/ });
    await userEvent.keyboard('{ArrowDown}');
    expect(screen.getByRole('article', { name: /Jeanne/ })).toHaveFocus();
    await userEvent.keyboard('{ArrowDown}');
    expect(screen.getByRole('article', { name: /Ivan/ })).toHaveFocus();
    await userEvent.keyboard('t');
    await waitFor(() => expect(acts(asked)).toEqual([['/left-messages/k1/m2/take', {}]]));
  });

  it('tells who was faster', async () => {
    const refused = Response.json(
      { code: 'conflict', message: 'Ben Okafor has this message.', next: 'Take another one.', request_id: 'r1' }, { status: 409 },
    );
    await at('/left-messages', [left('m1')], agent, { 'POST /left-messages/k1/m1/take': refused });
    await userEvent.click(await screen.findByRole('button', { name: 'Take' }));
    expect(await screen.findByText('Ben Okafor has this message.')).toBeVisible();
  });

  it('keeps the filter in the address, and says so when nothing is left to do', async () => {
    await at('/left-messages', []);
    await screen.findByText('Every message is answered');
    await userEvent.click(screen.getByRole('radio', { name: 'All' }));
    expect(await screen.findByText('No message was left')).toBeVisible();
  });

  it('leads whoever came for lost contacts to them, when no message waits', async () => {
    const answers = { 'GET /left-messages': { items: [], open: 0, lost: 3 }, 'GET /follow-ups': { items: [], open: 3 } };
    await at('/left-messages', [], agent, answers);
    await userEvent.click(await screen.findByRole('button', { name: 'To call back (3)' }));
    expect(await screen.findByText('Nobody waits to be called back')).toBeVisible();
    expect(screen.getByRole('radio', { name: 'Lost contacts (3)' })).toBeChecked();
  });

  it('shows an office why it cannot take, and lets a lead give back', async () => {
    const items = [left('m1', { may_answer: false }), left('m2', { state: 'taken', taken_by: 'a2', taken_by_name: 'Ben', may_answer: false })];
    const { asked } = await at('/left-messages', items, person({ role: 'team_lead' }), { 'POST /left-messages/k1/m2/reopen': left('m2') });
    const take = await screen.findByRole('button', { name: 'Take' });
    expect(take).toHaveAttribute('aria-disabled', 'true');
    await userEvent.click(take);
    await userEvent.hover(take);
    expect(await screen.findByText('Only an agent who is signed off for Hôtel Saint-Roch answers this message.')).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Give back' }));
    await waitFor(() => expect(acts(asked)).toEqual([['/left-messages/k1/m2/reopen', { from: 'taken' }]]));
  });

  it('shows a client company its messages and how they were answered, and nothing to press', async () => {
    const reader = person({ role: 'client_reader', client: { id: 'k1', name: 'Hôtel Saint-Roch', zone: 'Europe/Paris' } });
    const done = left('m1', { state: 'done', taken_by: 'a1', taken_by_name: 'Claire', note: 'Two rooms, by mail.', done: '2026-11-22T08:00:00Z', may_answer: false });
    await at('/left-messages?all=true', [done], reader);
    const article = await screen.findByRole('article', { name: /Jeanne/ });
    expect(article).toHaveTextContent('Answered: Two rooms, by mail.');
    expect(within(article).queryByRole('button')).toBeNull();
  });

  it('speaks French and Russian', async () => {
    await at('/left-messages', [left('m1')]);
    await setLocale('fr');
    expect(await screen.findByRole('button', { name: 'Prendre' })).toBeVisible();
    await setLocale('ru');
    expect(await screen.findByRole('button', { name: 'Взять' })).toBeVisible();
  });
});
