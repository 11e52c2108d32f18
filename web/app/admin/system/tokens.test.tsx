import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';

import type { Role, TokenView } from '../../api/types';
import { endLive, placeHub } from '../../live/hub';
import { open, person } from '../../testing/scripted';

const token: TokenView = {
  id: 't1', name: 'Payment page', hint: 'x7Qa', owner: 'u1', owner_name: 'Ada Martin', client: 'k1', scopes: ['recordings'],
  created: '2026-11-20T08:00:00Z', expires: '2099-01-01T00:00:00Z', used: null, revoked: null,
};
const people = {
  items: [
    { id: 'u1', name: 'Ada Martin', client: null, disabled: false }, { id: 'u2', name: 'Gone Away', client: null, disabled: true },
    { id: 'u3', name: 'Their Reader', client: 'k1', disabled: false },
  ],
  next: null,
};
const clients = { items: [{ id: 'k1', name: 'Nordlicht' }], next: null };
const at = (answers: Record<string, unknown>, role: Role = 'administrator') =>
  open('/admin/tokens', person({ role, user: 'u1' }), { 'GET /clients': clients, 'GET /users': people, ...answers });
const sent = (asked: { method: string; path: string; body: unknown }[]) => asked.filter(({ method }) => method !== 'GET').map(({ method, path, body }) => [method, path, body]);

describe('API tokens', () => {
  afterEach(() => {
    endLive();
    placeHub(undefined);
    vi.unstubAllGlobals();
  });

  it('says what a token is good for when there is none, and shows a new secret once', async () => {
    const { asked } = await at({ 'GET /tokens': [], 'POST /tokens': { secret: 'pmt_secret_x7Qa', token } });
    expect(await screen.findByText('No program acts for anybody yet')).toBeVisible();
    await userEvent.click(screen.getByRole('button', { name: 'New token' }));
    const dialog = within(await screen.findByRole('dialog'));
    await userEvent.type(dialog.getByRole('textbox', { name: /^Name/ }), 'Payment page');
    await userEvent.click(dialog.getByRole('checkbox', { name: 'Pause recordings' }));
    await userEvent.click(dialog.getByRole('combobox', { name: /^Acts for/ }));
    expect(screen.getAllByRole('option').map(({ textContent }) => textContent), 'whoever may not sign in, and clients’ people, are not offered').toEqual(['Ada Martin']);
    await userEvent.keyboard('{Escape}');
    await userEvent.click(dialog.getByRole('button', { name: 'Create' }));
    expect(await screen.findByText('pmt_secret_x7Qa')).toBeVisible();
    expect(screen.getByText('Copy it now; it is not shown again.')).toBeVisible();
    expect(sent(asked)).toEqual([['POST', '/tokens', { name: 'Payment page', owner: 'u1', client: null, scopes: ['recordings'], days: 365 }]]);
    await userEvent.click(screen.getByRole('button', { name: 'Close' }));
    expect(screen.queryByText('pmt_secret_x7Qa')).toBeNull();
  });

  it('tells live, expired and revoked tokens apart, and revokes after a question', async () => {
    const { asked } = await at({
      'GET /tokens': [
        token, { ...token, id: 't2', name: 'Old report', client: null, scopes: ['reports', 'contacts'], expires: '2026-01-02T00:00:00Z', used: '2026-01-01T00:00:00Z' },
        { ...token, id: 't3', name: 'Lost one', revoked: '2026-11-21T08:00:00Z' },
      ],
      'DELETE /tokens/t1': null,
    });
    const row = async (name: RegExp) => within(await screen.findByRole('row', { name }));
    const [live, expired, revoked] = [await row(/Payment page/), await row(/Old report/), await row(/Lost one/)];
    expect(live.getByText('Nordlicht')).toBeVisible();
    expect(live.getByText('Never')).toBeVisible();
    expect(live.getByText('…x7Qa')).toBeVisible();
    expect(expired.getByText('Read reports, Read contacts')).toBeVisible();
    expect(expired.getByText('All clients')).toBeVisible();
    expect(expired.getByText(/^Expired/)).toBeVisible();
    expect(revoked.getByText(/^Revoked/)).toBeVisible();
    expect(revoked.queryByRole('button')).toBeNull();
    await userEvent.click(live.getByRole('button', { name: 'Revoke Payment page' }));
    expect(sent(asked)).toEqual([]);
    await userEvent.click(await screen.findByRole('button', { name: 'Revoke' }));
    await vi.waitFor(() => expect(sent(asked)).toEqual([['DELETE', '/tokens/t1', undefined]]));
  });

  it('is for administrators alone', async () => {
    await at({ 'GET /tokens': [] }, 'planner');
    expect(await screen.findByRole('link', { name: 'Settings' })).toBeVisible();
    expect(screen.queryByRole('link', { name: 'API tokens' })).toBeNull();
  });
});
