import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';

import type { FlowCheck, FlowView, PromptView, Role } from '../../api/types';
import { endLive, placeHub } from '../../live/hub';
import { open, person } from '../../testing/scripted';

const client = {
  'GET /clients/k1': { id: 'k1', name: 'Nordlicht', initials: 'NO', hue: 10, status: 'live', version: 1 }, 'GET /clients/k1/checklist': { ready: true, points: [] },
  'GET /clients/k1/contract-draft': { terms: { languages: ['fr', 'en'], queues: [{ id: 'q1', name: 'Orders', channels: ['voice'] }] } },
};
const welcome: PromptView = { id: 'p1', name: 'welcome', language: 'fr', source: 'speech', words: 'Bonjour.', length_ms: 1400, used_by: ['main', 'settings'], version: 3 };
const fault = { line: 6, field: 'step.welcome.then', code: 'unknown_step', message: 'Line 6: there is no step called `servce`.', next: 'Lead it to one of these: service.' };
const whole: FlowCheck = {
  faults: [], steps: [{ name: 'welcome', kind: 'play' }, { name: 'service', kind: 'queue' }], ways: [{ from: 'welcome', on: 'then', to: 'service' }],
};
const flow: FlowView = {
  name: 'main', changed: '2026-11-22T09:00:00Z', published: 2, has_draft: false, numbers: ['+33142345678'], version: 7, text: 'start = "welcome"\nperson = "service"\n', check: whole,
  versions: [{ number: 2, text: 'start = "welcome"\nperson = "service"\n', author: 'Ada', at: '2026-11-22T09:00:00Z' }, { number: 1, text: 'start = "service"\n', author: 'Ada', at: '2026-11-21T09:00:00Z' }],
};
const at = (path: string, answers: Record<string, unknown>, role: Role = 'account_manager') => open(path, person({ role }), { ...client, ...answers });
const sent = (asked: { method: string; path: string; body: unknown }[]) =>
  asked.filter(({ method, path }) => method !== 'GET' && !path.endsWith('/check')).map(({ method, path, body }) => [method, path, body]);

describe('what a client’s callers hear', () => {
  afterEach(() => {
    endLive();
    placeHub(undefined);
    vi.unstubAllGlobals();
  });

  it('lists prompts with a player and what uses them', async () => {
    await at('/admin/clients/k1/prompts', { 'GET /clients/k1/prompts': { items: [welcome], can_speak: true } });
    const row = within(await screen.findByRole('row', { name: /welcome/ }));
    expect(row.getByLabelText('Listen to welcome')).toHaveAttribute('src', '/api/v1/clients/k1/prompts/p1/audio?v=3');
    expect(row.getByText('Bonjour.')).toBeVisible();
    expect(row.getByText('main, Calls')).toBeVisible();
  });

  it('has words spoken, or takes a file', async () => {
    const { asked } = await at('/admin/clients/k1/prompts', {
      'GET /clients/k1/prompts': { items: [], can_speak: true }, 'POST /clients/k1/prompts/speech': { ...welcome, version: 1 },
    });
    await userEvent.click(await screen.findByRole('button', { name: 'New prompt' }));
    const dialog = within(await screen.findByRole('dialog'));
    await userEvent.type(dialog.getByRole('textbox', { name: /^Name/ }), 'welcome');
    await userEvent.type(dialog.getByRole('textbox', { name: /^What is said/ }), 'Bonjour.');
    await userEvent.click(dialog.getByRole('button', { name: 'Create' }));
    await screen.findByText('welcome is saved.');
    expect(sent(asked)).toEqual([['POST', '/clients/k1/prompts/speech', { name: 'welcome', language: 'fr', words: 'Bonjour.' }]]);
  });

  it('puts the faults of a flow beside their lines, and publishes only without any', async () => {
    const answers: Record<string, unknown> = {
      'GET /clients/k1/flows/main': { ...flow, has_draft: true, check: { ...whole, faults: [fault] } }, 'POST /clients/k1/flows/check': { ...whole, faults: [fault] },
    };
    await at('/admin/clients/k1/flows?flow=main', answers);
    const text = await screen.findByRole('textbox', { name: 'Text of the call flow' });
    expect(text).toBeInvalid();
    expect(screen.getByRole('button', { name: /Line 6: there is no step called/ })).toBeVisible();
    expect(screen.getByRole('button', { name: 'Publish' })).toBeDisabled();
  });

  it('keeps a draft and publishes it in one go', async () => {
    const saved = { ...flow, text: 'start = "service"\n', has_draft: true, version: 8 };
    const { asked } = await at('/admin/clients/k1/flows?flow=main', {
      'GET /clients/k1/flows/main': flow, 'POST /clients/k1/flows/check': whole, 'PUT /clients/k1/flows/main': saved,
      'POST /clients/k1/flows/main/publish': { ...saved, has_draft: false, published: 3, version: 9 },
    });
    const text = await screen.findByRole('textbox', { name: 'Text of the call flow' });
    expect(screen.getByText(/Version 2 is followed/)).toBeVisible();
    fireEvent.change(text, { target: { value: 'start = "service"\n' } });
    await waitFor(() => expect(screen.getByRole('button', { name: 'Publish' })).toBeEnabled());
    await userEvent.click(screen.getByRole('button', { name: 'Publish' }));
    await screen.findByText('main: calls follow version 3');
    expect(sent(asked)).toEqual([
      ['PUT', '/clients/k1/flows/main', { text: 'start = "service"\n', version: 7 }],
      ['POST', '/clients/k1/flows/main/publish', { version: 8 }],
    ]);
  });

  it('lets a lead turn the broadcast on, and nothing else', async () => {
    const settings = { record: false, notice: [], broadcast: [{ language: 'fr', text: 'Panne.' }], ring_s: 10, announce_s: 60, version: 3 };
    const { asked } = await at('/admin/clients/k1/calls', {
      'GET /clients/k1/voice': settings, 'GET /numbers': [], 'GET /clients/k1/prompts': { items: [], can_speak: true },
      'GET /clients/k1/broadcast': { on: false, is_set: true }, 'PUT /clients/k1/broadcast': { on: true, is_set: true },
    }, 'shift_lead');
    await userEvent.click(await screen.findByRole('button', { name: 'Turn on' }));
    expect(await screen.findByRole('button', { name: 'Turn off' })).toBeEnabled();
    expect(sent(asked)).toEqual([['PUT', '/clients/k1/broadcast', { on: true }]]);
    expect(screen.getByRole('button', { name: 'Save' })).toBeDisabled();
  });
});
