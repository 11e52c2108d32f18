import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';

import type { PresenceView, Role } from '../api/types';
import { endLive, placeHub } from '../live/hub';
import { open, person } from '../testing/scripted';

const HOUR = 3_600_000;
const at = (hours: number): string => new Date(Date.now() + hours * HOUR).toISOString();

const view = (change: Partial<PresenceView> = {}): PresenceView => ({
  zone: 'Europe/Paris', live: true, open: true, changes: at(3), week: [{ from: at(0), until: at(3), period: 'Always' }], agreed: [{ from: at(0), until: at(3), period: 'Always' }],
  presence: null, may_take_back: true, may_hand_over: false, version: 4, ...change,
});
const maud = (role: Role = 'client_manager') => person({ role, client: { id: 'k1', name: 'Hôtel Saint-Roch', zone: 'Europe/Paris' } });
const said = view({ open: false, version: 5, presence: { answers: 'client', since: at(0), until: at(2), by: 'Maud Petit' } });

afterEach(() => {
  endLive();
  placeHub(undefined);
  vi.unstubAllGlobals();
});

describe('the hours of a client', () => {
  it('lets the client say that it is back, from the version that it saw', async () => {
    const { asked } = await open('/hours', maud(), { 'GET /clients/k1/presence': view(), 'PUT /clients/k1/presence': said });
    const now = await screen.findByRole('region', { name: 'Now' });
    expect(within(now).getByRole('status')).toHaveTextContent('The provider answers');
    // More hours than agreed are not the client’s to give, and it says why.
    const more = within(now).getByRole('button', { name: 'We are away: please answer' });
    expect(more).toBeDisabled();
    expect(more).toHaveAccessibleDescription(/agreed in the contract/);
    await userEvent.click(within(now).getByRole('button', { name: 'We are back: you need not answer' }));
    await userEvent.click(await screen.findByRole('button', { name: /^For two hours/ }));
    await waitFor(() => expect(within(now).getByRole('status')).toHaveTextContent('You answer yourselves until'));
    const body = asked.find(({ method }) => method === 'PUT')?.body as { until: string } | undefined; // as the screen sends it
    expect(body).toMatchObject({ answers: 'client', version: 4 });
    const until = Date.parse(body?.until ?? '');
    expect(Math.abs(until - Date.now() - 2 * HOUR)).toBeLessThan(60_000);
  });

  it('ends it by one press, and lets a reader only read', async () => {
    const { asked, page } = await open('/hours', maud(), { 'GET /clients/k1/presence': said, 'PUT /clients/k1/presence': view({ version: 6 }) });
    const now = await screen.findByRole('region', { name: 'Now' });
    expect(now).toHaveTextContent('Said by Maud Petit');
    await userEvent.click(within(now).getByRole('button', { name: 'Back to the hours' }));
    await waitFor(() => expect(within(now).getByRole('status')).toHaveTextContent('The provider answers'));
    expect(asked.find(({ method }) => method === 'PUT')?.body).toEqual({ answers: null, until: null, version: 5 });
    page.unmount();
    await open('/hours', maud('client_reader'), { 'GET /clients/k1/presence': view({ may_take_back: false, presence: said.presence ?? null, open: false }) });
    const read = await screen.findByRole('region', { name: 'Now' });
    expect(read).toHaveTextContent('You answer yourselves until');
    expect(within(read).queryAllByRole('button')).toHaveLength(0);
  });
});
