import { beforeEach, describe, expect, it, vi } from 'vitest';

import type { DeskView } from '../api/types';
import { sockets, type ScriptedSocket } from '../testing/scripted';
import { LiveSocket, type LiveEvents, type LiveStatus } from './socket';

const desk: DeskView = {
  me: {
    agent: 'a', name: 'Claire', state: { kind: 'available', since: '2026-11-22T09:00:00Z' }, misses: 0, points_used: 0,
    today: { answered: 0, missed: 0, signed_in_ms: 0 }, phone: { state: 'off' as const },
  },
  contacts: [],
};

function setUp() {
  const { all, make } = sockets();
  const seen: { statuses: LiveStatus[]; snapshots: number[]; deltas: number[]; signedOut: number } = { statuses: [], snapshots: [], deltas: [], signedOut: 0 };
  const events: LiveEvents = {
    status: (status) => seen.statuses.push(status),
    snapshot: (_, seq) => seen.snapshots.push(seq),
    delta: (_, seq) => seen.deltas.push(seq),
    time: () => {},
    refused: () => {},
    signedOut: () => { seen.signedOut += 1; },
  };
  const live = new LiveSocket('ws://test', events, make, () => 1);
  live.open();
  live.follow('desk');
  const last = (): ScriptedSocket => {
    const socket = all.at(-1);
    if (!socket) throw new Error('no socket was opened');
    return socket;
  };
  const snapshot = (seq: number): void => last().say({ type: 'snapshot', seq, view: { topic: 'desk', data: desk } });
  const delta = (seq: number): void => last().say({ type: 'delta', seq, change: { topic: 'desk', data: {} } });
  return { live, all, seen, last, snapshot, delta };
}

describe('the live socket', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  it('hands on a snapshot and the changes that follow it', () => {
    const { last, seen, snapshot, delta } = setUp();
    last().welcome();
    expect(last().asked('subscribe')).toEqual([{ type: 'subscribe', topic: 'desk' }]);
    snapshot(7);
    delta(8);
    delta(9);
    expect(seen.snapshots).toEqual([7]);
    expect(seen.deltas).toEqual([8, 9]);
  });

  it('asks again once from the last number when one is missing, and hands nothing on meanwhile', () => {
    const { last, seen, snapshot, delta } = setUp();
    last().welcome();
    snapshot(7);
    delta(9);
    delta(10);
    expect(seen.deltas).toEqual([]);
    expect(last().asked('subscribe').slice(1)).toEqual([{ type: 'subscribe', topic: 'desk', after: 7, epoch: 'e1' }]);
    delta(8);
    delta(9);
    expect(seen.deltas).toEqual([8, 9]);
  });

  it('takes a repeated change once', () => {
    const { last, seen, snapshot, delta } = setUp();
    last().welcome();
    snapshot(7);
    delta(8);
    delta(8);
    delta(7);
    expect(seen.deltas).toEqual([8]);
  });

  it('comes back after a loss and goes on from the last number of the same epoch', () => {
    const { last, all, seen, snapshot } = setUp();
    last().welcome();
    snapshot(7);
    last().drop();
    expect(seen.statuses.at(-1)).toMatchObject({ kind: 'lost' });
    vi.advanceTimersByTime(500);
    expect(all).toHaveLength(2);
    last().welcome('e1');
    expect(last().asked('subscribe')).toEqual([{ type: 'subscribe', topic: 'desk', after: 7, epoch: 'e1' }]);
  });

  it('wants the whole state when the numbers began anew', () => {
    const { last, snapshot } = setUp();
    last().welcome();
    snapshot(7);
    last().drop();
    vi.advanceTimersByTime(500);
    last().welcome('e2');
    expect(last().asked('subscribe')).toEqual([{ type: 'subscribe', topic: 'desk' }]);
  });

  it('waits twice as long after each failure, up to a quarter of a minute', () => {
    const { last, seen } = setUp();
    const pauses: number[] = [];
    for (let i = 0; i < 7; i += 1) {
      last().drop();
      const status = seen.statuses.at(-1);
      const pause = status?.kind === 'lost' ? status.retryAt - Date.now() : 0;
      pauses.push(pause);
      vi.advanceTimersByTime(pause);
    }
    expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
  });

  it('gives up a server that has gone silent', () => {
    const { last, seen } = setUp();
    last().welcome();
    vi.advanceTimersByTime(10_000);
    expect(seen.statuses.at(-1)).toEqual({ kind: 'live' });
    vi.advanceTimersByTime(5000);
    expect(seen.statuses.at(-1)).toMatchObject({ kind: 'lost' });
  });

  it('says ping as often as the server wants it', () => {
    const { last } = setUp();
    last().welcome();
    for (let i = 0; i < 3; i += 1) {
      vi.advanceTimersByTime(5000);
      last().say({ type: 'pong', nonce: i, server_time: new Date().toISOString() });
    }
    expect(last().asked('ping')).toHaveLength(4);
  });

  it('does not come back when the session has ended', () => {
    const { last, all, seen } = setUp();
    last().welcome();
    last().drop(4401);
    vi.advanceTimersByTime(60_000);
    expect(seen.signedOut).toBe(1);
    expect(all).toHaveLength(1);
  });

  it('asks again for a topic that was not available yet', () => {
    const { last } = setUp();
    last().welcome();
    last().say({ type: 'refused', code: 'unavailable', message: 'The floor does not know this agent yet.', next: 'Try again.' });
    vi.advanceTimersByTime(3000);
    expect(last().asked('subscribe')).toHaveLength(2);
  });
});
