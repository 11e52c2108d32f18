import { describe, expect, it } from 'vitest';
import { type Pending, Session, type Socket } from './session';
import type {
  ConversationView,
  MessageView,
  WidgetMessage,
  WidgetRequest,
  WidgetView,
} from './wire';

const widget: WidgetView = {
  client_name: 'Hôtel Saint-Roch',
  colour: '#1a5fb4',
  language: 'fr',
  open: true,
  closed_waits: false,
  welcome: 'Bonjour',
  free_now: true,
  queues: [],
  files: true,
  file_max: 1000,
  identity_required: false,
};
const talk = (conversation: string, state: ConversationView['state'] = 'with_agent') => ({
  conversation,
  state,
});
const said = (seq: number, body: string, more: Partial<MessageView> = {}): MessageView => ({
  id: `m${seq}`,
  seq,
  author: 'agent',
  author_name: 'Anna',
  body,
  at: '2026-03-02T09:00:00Z',
  ...more,
});

/** A visitor with a network and a clock in our hands. */
class Visitor {
  sockets: (Socket & {
    sent: WidgetRequest[];
    open(): void;
    hear(m: WidgetMessage): void;
    cut(): void;
  })[] = [];
  time = 0;
  timers: { at: number; run: () => void }[] = [];
  ids = 0;
  session: Session;

  constructor(outbox: Pending[] = [], token: string | null = null) {
    this.session = new Session(
      {
        connect: () => this.connect(),
        now: () => this.time,
        after: (ms, run) => {
          const timer = { at: this.time + ms, run };
          this.timers.push(timer);
          return () => void (this.timers = this.timers.filter((one) => one !== timer));
        },
        random: () => 0.5,
        uuid: () => `c${++this.ids}`,
        hello: { page: 'https://shop.example/' },
        changed: () => {},
      },
      { token, outbox },
    );
    this.session.open();
  }

  private connect() {
    const sent: WidgetRequest[] = [];
    const socket = {
      sent,
      readyState: 0 as number,
      onopen: null as Socket['onopen'],
      onmessage: null as Socket['onmessage'],
      onclose: null as Socket['onclose'],
      send: (text: string) => void sent.push(JSON.parse(text as string)),
      close: () => void (socket.readyState = 3),
      open: () => {
        socket.readyState = 1;
        socket.onopen?.(undefined as never);
      },
      hear: (message: WidgetMessage) => socket.onmessage?.({ data: JSON.stringify(message) }),
      cut: () => {
        socket.readyState = 3;
        socket.onclose?.(undefined as never);
      },
    };
    this.sockets.push(socket as never);
    return socket as unknown as Socket;
  }

  get socket() {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('no connection was tried');
    return socket;
  }

  welcome(more: Partial<Extract<WidgetMessage, { type: 'welcome' }>> = {}) {
    this.socket.open();
    this.socket.hear({
      type: 'welcome',
      token: 'T',
      widget,
      messages: [],
      heartbeat_ms: 25_000,
      dead_after_ms: 10_000,
      ...more,
    });
  }

  pass(ms: number) {
    const until = this.time + ms;
    for (;;) {
      const next = this.timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.timers = this.timers.filter((one) => one !== next);
      this.time = next.at;
      next.run();
    }
    this.time = until;
  }

  get bodies() {
    return this.session.state.messages.map(({ body }) => body);
  }
}

describe('a visitor on a weak link', () => {
  it('sends what was not acknowledged again after a cut, with the same id, and shows it once', () => {
    const visitor = new Visitor();
    visitor.welcome();
    visitor.session.write({ kind: 'start', body: 'Hello' });
    expect(visitor.socket.sent.at(-1)).toEqual({ type: 'start', client_id: 'c1', body: 'Hello' });
    visitor.socket.cut();
    expect(visitor.session.state.link).toBe('waiting');
    visitor.pass(60_000);
    visitor.welcome();
    expect(visitor.socket.sent.filter(({ type }) => type === 'start')).toEqual([
      { type: 'start', client_id: 'c1', body: 'Hello' },
    ]);
    visitor.socket.hear({ type: 'ack', client_id: 'c1', seq: 1, at: '2026-03-02T09:00:00Z' });
    visitor.socket.hear({
      type: 'message',
      message: said(1, 'Hello', { author: 'customer', client_id: 'c1' }),
    });
    expect(visitor.bodies).toEqual(['Hello']);
    expect(visitor.session.state.outbox).toEqual([]);
  });

  it('does not send again what the server already kept when the acknowledgement was lost', () => {
    const visitor = new Visitor();
    visitor.welcome();
    visitor.session.write({ kind: 'start', body: 'Hello' });
    visitor.socket.cut();
    visitor.pass(60_000);
    visitor.welcome({
      conversation: talk('k'),
      messages: [said(1, 'Hello', { author: 'customer', client_id: 'c1' })],
    });
    expect(visitor.socket.sent.map(({ type }) => type)).toEqual(['hello']);
    expect(visitor.bodies).toEqual(['Hello']);
  });

  it('asks for what it may have missed when its own acknowledgement overtook a message', () => {
    const visitor = new Visitor();
    visitor.welcome({ conversation: talk('k'), messages: [said(1, 'one')] });
    visitor.session.write({ kind: 'message', body: 'mine' });
    visitor.socket.hear({ type: 'ack', client_id: 'c1', seq: 3, at: '2026-03-02T09:00:00Z' });
    visitor.socket.cut();
    visitor.pass(60_000);
    visitor.socket.open();
    expect(visitor.socket.sent[0]).toMatchObject({ type: 'hello', token: 'T', last_seq: 1 });
  });

  it('holds a message once that comes twice, in the order of its number', () => {
    const visitor = new Visitor();
    visitor.welcome({ conversation: talk('k') });
    for (const seq of [2, 1, 2, 3])
      visitor.socket.hear({ type: 'message', message: said(seq, `${seq}`) });
    expect(visitor.bodies).toEqual(['1', '2', '3']);
  });

  it('takes the other conversation whole after a reset', () => {
    const visitor = new Visitor();
    visitor.welcome({ conversation: talk('k'), messages: [said(1, 'old'), said(2, 'older')] });
    visitor.socket.hear({ type: 'reset', conversation: talk('other'), messages: [said(1, 'new')] });
    expect(visitor.bodies).toEqual(['new']);
    visitor.socket.cut();
    visitor.pass(60_000);
    visitor.socket.open();
    expect(visitor.socket.sent[0]).toMatchObject({ last_seq: 1 });
  });

  it('keeps words written before the page changed and sends them from the next page', () => {
    const before = {
      client_id: 'old',
      kind: 'message' as const,
      body: 'still here',
      at: '2026-03-02T09:00:00Z',
    };
    const visitor = new Visitor([before], 'T');
    visitor.welcome({ conversation: talk('k') });
    expect(visitor.socket.sent).toContainEqual({
      type: 'message',
      client_id: 'old',
      body: 'still here',
    });
  });
});

describe('a connection', () => {
  it('is given up when no answer to a ping comes, and tried anew', () => {
    const visitor = new Visitor();
    visitor.welcome();
    visitor.pass(25_000);
    expect(visitor.socket.sent.at(-1)).toEqual({ type: 'ping', nonce: 1 });
    visitor.socket.hear({ type: 'pong', nonce: 1 });
    visitor.pass(25_000);
    visitor.pass(9_999);
    expect(visitor.session.state.link).toBe('open');
    visitor.pass(1);
    expect(visitor.session.state.link).toBe('waiting');
    visitor.pass(750);
    expect(visitor.sockets).toHaveLength(2);
  });

  it('waits longer from try to try, at most fifteen seconds and a half', () => {
    const visitor = new Visitor();
    const waits: number[] = [];
    for (let i = 0; i < 9; i += 1) {
      visitor.socket.cut();
      const from = visitor.time;
      const tries = visitor.sockets.length;
      while (visitor.sockets.length === tries) visitor.pass(50);
      waits.push(visitor.time - from);
    }
    expect(waits.slice(0, 4)).toEqual([750, 1000, 1500, 2500]);
    expect(Math.max(...waits)).toBeLessThanOrEqual(15_500);
  });

  it('is asked at once when the page or the network comes back', () => {
    const visitor = new Visitor();
    visitor.welcome();
    visitor.session.recheck();
    expect(visitor.socket.sent.at(-1)).toMatchObject({ type: 'ping' });
    visitor.socket.cut();
    visitor.session.recheck();
    expect(visitor.sockets).toHaveLength(2);
  });

  it('stays closed after a fatal refusal until the visitor tries anew', () => {
    const visitor = new Visitor([], 'stale');
    visitor.socket.open();
    visitor.socket.hear({
      type: 'refused',
      code: 'sign_in_needed',
      message: 'The token has ended.',
      next: 'Begin anew.',
      fatal: true,
    });
    visitor.pass(600_000);
    expect(visitor.sockets).toHaveLength(1);
    expect(visitor.session.state.refused?.next).toBe('Begin anew.');
    visitor.session.open();
    visitor.socket.open();
    expect(visitor.socket.sent[0]).not.toHaveProperty('token');
  });
});

describe('what the visitor does', () => {
  it('shows a refused message with what to do and never sends it again by itself', () => {
    const visitor = new Visitor();
    visitor.welcome({ conversation: talk('k') });
    visitor.session.write({ kind: 'message', body: 'x' });
    visitor.socket.hear({
      type: 'refused',
      client_id: 'c1',
      code: 'too_many_requests',
      message: 'Too many messages.',
      next: 'Wait a minute.',
      fatal: false,
    });
    expect(visitor.session.state.outbox[0]?.refused).toEqual({
      message: 'Too many messages.',
      next: 'Wait a minute.',
    });
    visitor.socket.cut();
    visitor.pass(60_000);
    visitor.welcome({ conversation: talk('k') });
    expect(visitor.socket.sent.map(({ type }) => type)).toEqual(['hello']);
  });

  it('says typing at most once in three seconds, and only to an agent', () => {
    const visitor = new Visitor();
    visitor.welcome({ conversation: talk('k', 'waiting') });
    visitor.session.typing();
    visitor.socket.hear({ type: 'conversation', conversation: talk('k') });
    for (const ms of [0, 1000, 1000, 1000]) {
      visitor.pass(ms);
      visitor.session.typing();
    }
    expect(visitor.socket.sent.filter(({ type }) => type === 'typing')).toHaveLength(2);
  });

  it('says each read mark once and shows typing of the other for six seconds', () => {
    const visitor = new Visitor();
    visitor.welcome({ conversation: talk('k'), messages: [said(1, 'a')] });
    visitor.session.read(1);
    visitor.session.read(1);
    expect(visitor.socket.sent.filter(({ type }) => type === 'read')).toEqual([
      { type: 'read', upto: 1 },
    ]);
    visitor.socket.hear({ type: 'typing', author: 'agent', name: 'Anna' });
    expect(visitor.session.state.typing?.name).toBe('Anna');
    visitor.pass(6_000);
    expect(visitor.session.state.typing).toBeNull();
  });

  it('begins anew after the end, with numbers from one', () => {
    const visitor = new Visitor();
    visitor.welcome({ conversation: talk('k'), messages: [said(1, 'a'), said(2, 'b')] });
    visitor.socket.hear({ type: 'conversation', conversation: talk('k', 'ended') });
    visitor.session.startAnew();
    visitor.session.write({ kind: 'start', body: 'again' });
    visitor.socket.hear({ type: 'ack', client_id: 'c1', seq: 1, at: '2026-03-02T09:00:00Z' });
    visitor.socket.hear({ type: 'conversation', conversation: talk('l', 'waiting') });
    expect(visitor.bodies).toEqual(['again']);
  });

  it('leaves a message outside the hours, once', () => {
    const visitor = new Visitor();
    visitor.welcome({ widget: { ...widget, open: false } });
    visitor.session.write({ kind: 'leave_message', body: 'Call me', email: 'a@example.com' });
    expect(visitor.socket.sent.at(-1)).toEqual({
      type: 'leave_message',
      client_id: 'c1',
      body: 'Call me',
      email: 'a@example.com',
    });
    visitor.socket.hear({ type: 'message_left', client_id: 'c1' });
    expect(visitor.session.state).toMatchObject({ outbox: [], left: true });
  });
});
