import { afterEach, describe, expect, it } from 'vitest';

import { chat, deskOf } from '../testing/desk';
import { sockets } from '../testing/scripted';
import { Hub, type HubWays } from './hub';

/** A browser with several tabs: a channel between them, and one lock. */
function browser() {
  const { all, make } = sockets();
  const hearers = new Set<(message: never) => void>();
  const waiting: { won: () => void }[] = [];
  const open: Hub[] = [];
  const ways = (): HubWays => {
    let own: ((message: never) => void) | undefined;
    const place = { won: () => {} };
    return {
      url: 'ws://test', make,
      tabs: (hear) => {
        own = hear as (message: never) => void; // the channel carries whatever the hub posts
        hearers.add(own);
        return {
          post: (message) => {
            // What goes between tabs is copied, as the browser does.
            for (const hearer of hearers) if (hearer !== own) hearer(structuredClone(message) as never);
          },
          close: () => { if (own) hearers.delete(own); },
        };
      },
      hold: (won) => {
        place.won = won;
        waiting.push(place);
        if (waiting.length === 1) won();
        return () => {
          const held = waiting[0] === place;
          waiting.splice(waiting.indexOf(place), 1);
          if (held) waiting[0]?.won();
        };
      },
    };
  };
  return { all, open, tab: () => { const hub = new Hub(ways()); open.push(hub); return hub; } };
}

describe('tabs of one browser', () => {
  const made: Hub[] = [];
  afterEach(() => {
    for (const hub of made.splice(0)) hub.close();
  });
  const setUp = () => {
    const { all, tab } = browser();
    const one = tab();
    const two = tab();
    made.push(one, two);
    one.follow('desk');
    const [socket] = all;
    if (!socket) throw new Error('the first tab leads');
    socket.welcome();
    socket.say({ type: 'snapshot', seq: 4, view: { topic: 'desk', data: deskOf([chat('c1')]) } });
    return { all, one, two, socket };
  };

  it('hold one socket between them, and all show the same', () => {
    const { all, one, two, socket } = setUp();
    two.follow('desk');
    expect(all).toHaveLength(1);
    expect(two.desk.get()?.contacts).toHaveLength(1);
    expect(two.status.get()).toEqual({ kind: 'live' });
    socket.say({ type: 'delta', seq: 5, change: { topic: 'desk', data: { contacts: [chat('c2')] } } });
    expect([one, two].map((hub) => hub.desk.get()?.contacts.length)).toEqual([2, 2]);
  });

  it('speak through the tab that leads', () => {
    const { two, socket } = setUp();
    two.say({ type: 'typing', contact: 'c1' });
    expect(socket.asked('typing')).toEqual([{ type: 'typing', contact: 'c1' }]);
  });

  it('lose nothing when the leading tab closes: the next goes on from its number', () => {
    const { all, one, two } = setUp();
    two.follow('desk');
    one.close();
    expect(two.leading).toBe(true);
    const next = all[1];
    next?.welcome('e1');
    expect(next?.asked('subscribe')).toEqual([{ type: 'subscribe', topic: 'desk', after: 4, epoch: 'e1' }]);
  });

  it('all know when the connection is lost', () => {
    const { two, socket } = setUp();
    two.follow('desk');
    socket.drop();
    expect(two.status.get().kind).toBe('lost');
  });

  it('all hear an offer, so that the one that may sound does', () => {
    const { two, socket } = setUp();
    two.follow('desk');
    const heard: string[] = [];
    two.onNews((news) => heard.push(news.kind));
    socket.say({ type: 'delta', seq: 5, change: { topic: 'desk', data: { contacts: [chat('c2', { state: 'offered' })] } } });
    expect(heard).toEqual(['ringing']);
  });
});
