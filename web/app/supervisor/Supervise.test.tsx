import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { BoardAgentContact, BoardView, ChannelKind, Role } from '../api/types';
import { placeHub } from '../live/hub';
import { open, person, says } from '../testing/scripted';

const since = '2026-11-22T09:00:00Z';
const contact = (channel: ChannelKind): BoardAgentContact => ({ contact: 'c1', client: 'k1', channel, since, state: 'talking', over_limit: false });
const view = (contacts: BoardAgentContact[]): BoardView => ({
  floor: { waiting: 0, talking: 1, longest_since: null, offered: 1, answered: 1, abandoned: 0, short_abandoned: 0, agents_signed_in: 1, agents_available: 0 },
  clients: [], queues: [], waiting: [],
  agents: [{ id: 'a2', name: 'Ben Okafor', state: { kind: 'talking', since }, pools: [], contacts, points_used: 100, answered: 1, missed: 0 }],
});

class Peer extends EventTarget {
  static last: Peer | undefined;
  connectionState: RTCPeerConnectionState = 'new';
  iceGatheringState = 'complete';
  localDescription = { sdp: 'a=recvonly' };
  constructor() {
    super();
    Peer.last = this;
  }
  addTransceiver() {
    return {};
  }
  async createOffer() {
    return {};
  }
  async setLocalDescription() {}
  async setRemoteDescription() {}
  close() {}
}

async function at(contacts: BoardAgentContact[], role: Role = 'shift_lead', agent: string | null = null) {
  const opened = await open('/board', person({ role, agent }), {
    'POST /board/agents/a2/contacts/c1/take-over': undefined,
    'GET /board/pools': [], 'POST /board/contacts/c1/supervise': { sdp: 'answer' }, 'DELETE /board/contacts/c1/supervise': undefined,
  });
  await says(opened.socket, { type: 'snapshot', seq: 1, view: { topic: 'board', data: view(contacts) } });
  await userEvent.click(await screen.findByText('Ben Okafor'));
  await screen.findByRole('heading', { name: 'In hand' });
  return opened;
}

describe('a lead beside the call of an agent', () => {
  beforeEach(() => {
    vi.stubGlobal('RTCPeerConnection', Peer);
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    placeHub(undefined);
  });

  it('has nowhere to take a call to without a desk', async () => {
    await at([contact('voice')]);
    expect(screen.getByRole('button', { name: 'Take over' })).toBeDisabled();
  });

  it('listens once sound flows, and leaves with the panel', async () => {
    const { asked } = await at([contact('voice')]);
    await userEvent.click(screen.getByRole('button', { name: 'Listen' }));
    await waitFor(() => expect(asked).toContainEqual({ method: 'POST', path: '/board/contacts/c1/supervise', body: { mode: 'listen', sdp: 'a=recvonly' } }));
    expect(screen.queryByText(/You listen/)).toBeNull();
    await act(async () => {
      if (Peer.last) Peer.last.connectionState = 'connected';
      Peer.last?.dispatchEvent(new Event('connectionstatechange'));
    });
    expect(screen.getByText('You listen. Nobody hears you; your microphone is shut.')).toBeVisible();
    await userEvent.click(screen.getByRole('button', { name: 'Close' }));
    await waitFor(() => expect(asked.some(({ method, path }) => method === 'DELETE' && path === '/board/contacts/c1/supervise')).toBe(true));
  });

  it('leaves by itself when the contact leaves the agent', async () => {
    const { asked, socket } = await at([contact('voice')]);
    await userEvent.click(screen.getByRole('button', { name: 'Listen' }));
    await screen.findByRole('button', { name: 'Leave' });
    await says(socket, { type: 'delta', seq: 2, change: { topic: 'board', data: { agents: view([]).agents } } });
    await waitFor(() => expect(asked.some(({ method }) => method === 'DELETE')).toBe(true));
  });

  it('is offered for calls only, and to leads only', async () => {
    await at([contact('chat')]);
    expect(screen.queryByRole('button', { name: 'Listen' })).toBeNull();
  });

  it('says to others why they cannot', async () => {
    await at([contact('voice')], 'planner');
    expect(screen.getByRole('button', { name: 'Listen' })).toBeDisabled();
    expect(screen.getByRole('button', { name: 'Barge in' })).toHaveAttribute('title', 'Only team leads, shift leads and administrators can change this.');
  });

  it('takes the call over to a desk of their own, and only with one', async () => {
    const { asked } = await at([contact('voice')], 'shift_lead', 'a9');
    await userEvent.click(screen.getByRole('button', { name: 'Take over' }));
    await waitFor(() => expect(asked.map(({ method, path }) => [method, path])).toContainEqual(['POST', '/board/agents/a2/contacts/c1/take-over']));
  });
});
