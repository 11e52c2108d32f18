import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { endLive, placeHub } from '../live/hub';
import { open, person } from '../testing/scripted';

const skill = { id: 's1', name: 'Orders', agents: 0, version: 1 };
const sent = (asked: { method: string; path: string; body: unknown }[]) => asked.filter(({ method }) => method !== 'GET').map(({ method, path, body }) => [method, path, body]);

describe('undo in administration', () => {
  afterEach(() => {
    endLive();
    placeHub(undefined);
    vi.unstubAllGlobals();
  });

  it('brings back what was there before a change', async () => {
    const { asked } = await open('/admin/skills', person({ role: 'administrator' }), {
      'GET /skills': [skill], 'PUT /skills/s1': { ...skill, name: 'Sales', version: 2 }, 'POST /undo': { action: 'skill.changed', object: 's1' },
    });
    await userEvent.click(await screen.findByRole('button', { name: 'Edit Orders' }));
    const name = screen.getByRole('textbox', { name: 'Name' });
    await userEvent.clear(name);
    await userEvent.type(name, 'Sales');
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    await screen.findByText('Sales is saved.');
    const reads = asked.filter(({ method, path }) => method === 'GET' && path === '/skills').length;
    await userEvent.click(screen.getByRole('button', { name: 'Undo' }));
    await screen.findByText('Undone.');
    expect(sent(asked)).toEqual([['PUT', '/skills/s1', { name: 'Sales', version: 1 }], ['POST', '/undo', { kind: 'skill', object: 's1' }]]);
    await waitFor(() => expect(asked.filter(({ method, path }) => method === 'GET' && path === '/skills').length).toBeGreaterThan(reads));
  });
});
