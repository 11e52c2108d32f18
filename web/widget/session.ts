// One visitor's connection: keeps it alive, sends each message until the server has it, and keeps
// the transcript without holes or doubles. Knows no document; the frame draws what `state` says.

import type {
  AttachmentView,
  ConversationView,
  MessageView,
  WidgetMessage,
  WidgetRequest,
  WidgetView,
} from './wire';

/** A message of the visitor that the server has not yet acknowledged. */
export type Pending = {
  client_id: string;
  kind: 'start' | 'message' | 'leave_message';
  body: string;
  name?: string;
  email?: string;
  queue?: string;
  attachment?: AttachmentView;
  /** When it was written, by the visitor's clock; only for display. */
  at: string;
  /** Refused by the server: what happened and what to do. It is not sent again by itself. */
  refused?: { message: string; next: string };
};

export type Link = 'connecting' | 'open' | 'waiting' | 'stopped';

export type State = {
  link: Link;
  /** Whether the server has greeted us once. */
  widget: WidgetView | null;
  conversation: ConversationView | null;
  messages: MessageView[];
  outbox: Pending[];
  /** The agent has read up to this number. */
  agentRead: number;
  typing: { name: string; until: number } | null;
  /** A refusal that is about no single message. */
  refused: { message: string; next: string; fatal: boolean } | null;
  /** A message left outside the hours is safely kept. */
  left: boolean;
  token: string | null;
};

/** The parts of a WebSocket that are used; tests bring their own. */
export type Socket = Pick<WebSocket, 'send' | 'close' | 'readyState'> & {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: string }) => void) | null;
  onclose: ((event: never) => void) | null;
};

export type Surroundings = {
  connect(): Socket;
  /** Milliseconds of a clock that only goes forward. */
  now(): number;
  after(ms: number, run: () => void): () => void;
  random(): number;
  uuid(): string;
  hello: { identity?: string; language?: string; page?: string };
  changed(state: State): void;
};

const BACK_OFF_LEAST_MS = 500;
const BACK_OFF_MOST_MS = 15_000;
const TYPING_SHOWN_MS = 6_000;
/** The server shows typing for six seconds; saying it every three keeps it lit. */
const TYPING_SAID_MS = 3_000;
/** A connection that does not open within this is tried anew. */
const OPENING_MOST_MS = 10_000;

export class Session {
  state: State;
  private socket: Socket | null = null;
  private tries = 0;
  private welcomed = false;
  /** Everything up to this number was given to us by the server, whatever gaps notes leave in it. */
  private floor = 0;
  private readSaid = 0;
  private readWanted = 0;
  private typedAt = Number.NEGATIVE_INFINITY;
  private nonce = 0;
  private heartbeat = { every: 25_000, dead: 10_000 };
  private stopPing = () => {};
  private stopDead = () => {};
  private stopRetry = () => {};
  private stopTyping = () => {};

  constructor(
    private readonly around: Surroundings,
    kept: { token: string | null; outbox: Pending[] },
  ) {
    this.state = {
      link: 'connecting',
      widget: null,
      conversation: null,
      messages: [],
      outbox: kept.outbox,
      agentRead: 0,
      typing: null,
      refused: null,
      left: false,
      token: kept.token,
    };
  }

  /** Opens the connection; called once, and again by a visitor who tries anew after a fatal refusal. */
  open() {
    this.stopRetry();
    this.drop();
    this.set({ link: 'connecting', refused: null });
    const socket = this.around.connect();
    this.socket = socket;
    this.welcomed = false;
    const ifCurrent = (run: () => void) => () => this.socket === socket && run();
    this.stopDead = this.around.after(
      OPENING_MOST_MS,
      ifCurrent(() => this.lost()),
    );
    socket.onopen = ifCurrent(() => {
      this.say({
        type: 'hello',
        ...(this.state.token ? { token: this.state.token } : {}),
        last_seq: this.lastSeq(),
        ...this.around.hello,
      });
    });
    socket.onmessage = (event) => {
      if (this.socket !== socket) return;
      let message: WidgetMessage;
      try {
        message = JSON.parse(event.data) as WidgetMessage;
      } catch {
        return this.lost();
      }
      if (this.welcomed) this.alive();
      this.hear(message);
    };
    socket.onclose = ifCurrent(() => this.lost());
  }

  /** The page came back, or the network did: believe nothing, ask. */
  recheck() {
    if (this.state.link === 'waiting') this.open();
    else if (this.state.link === 'open') this.ping();
  }

  /** Puts words of the visitor in the outbox and sends them when there is a connection. */
  write(pending: Omit<Pending, 'client_id' | 'at'>) {
    const item: Pending = {
      ...pending,
      client_id: this.around.uuid(),
      at: new Date().toISOString(),
    };
    // The words that follow are a new sign of typing.
    this.typedAt = Number.NEGATIVE_INFINITY;
    this.set({ outbox: [...this.state.outbox, item], left: false, refused: null });
    if (this.welcomed) this.sendPending(item);
    return item.client_id;
  }

  /** Takes a refused message back out of the outbox, to be written anew. */
  discard(client_id: string) {
    this.set({ outbox: this.state.outbox.filter((item) => item.client_id !== client_id) });
  }

  /** The visitor is typing: said at most once in three seconds, and only to somebody. */
  typing() {
    if (!this.welcomed || this.state.conversation?.state !== 'with_agent') return;
    if (this.around.now() - this.typedAt < TYPING_SAID_MS) return;
    this.typedAt = this.around.now();
    this.say({ type: 'typing' });
  }

  /** The visitor has everything up to this number before their eyes. */
  read(upto: number) {
    this.readWanted = Math.max(this.readWanted, upto);
    if (this.welcomed && this.state.conversation && this.readWanted > this.readSaid) {
      this.readSaid = this.readWanted;
      this.say({ type: 'read', upto: this.readSaid });
    }
  }

  end() {
    if (this.welcomed) this.say({ type: 'end' });
  }

  /** Puts an ended conversation aside so that a new one can begin. */
  startAnew() {
    this.forgetNumbers();
    this.set({ conversation: null, messages: [], left: false, refused: null });
  }

  /** Clears a notice that the visitor has read. */
  dismiss() {
    this.set({ refused: null });
  }

  close() {
    this.stopRetry();
    this.drop();
    this.set({ link: 'stopped' });
  }

  private hear(message: WidgetMessage) {
    switch (message.type) {
      case 'welcome': {
        this.welcomed = true;
        this.tries = 0;
        this.stopDead();
        this.heartbeat = { every: message.heartbeat_ms, dead: message.dead_after_ms };
        const conversation = message.conversation ?? null;
        // Another conversation than the one we held: its numbers are not ours.
        const other =
          conversation &&
          this.state.conversation &&
          conversation.conversation !== this.state.conversation.conversation;
        if (other) this.forgetNumbers();
        this.set({
          link: 'open',
          refused: null,
          token: message.token,
          widget: message.widget,
          conversation:
            conversation ??
            (this.state.conversation ? { ...this.state.conversation, state: 'ended' } : null),
          messages: other ? [] : this.state.messages,
        });
        this.take(message.messages);
        this.floor = Math.max(this.floor, ...message.messages.map((m) => m.seq));
        this.beat();
        for (const item of this.state.outbox) if (!item.refused) this.sendPending(item);
        this.read(this.readWanted);
        return;
      }
      case 'reset':
        this.forgetNumbers();
        this.set({ conversation: message.conversation, messages: [] });
        this.take(message.messages);
        this.floor = Math.max(0, ...message.messages.map((m) => m.seq));
        return;
      case 'ack': {
        const item = this.state.outbox.find((pending) => pending.client_id === message.client_id);
        if (!item) return;
        this.take([
          {
            id: item.client_id,
            seq: message.seq,
            author: 'customer',
            author_name: item.name ?? '',
            body: item.body,
            attachment: item.attachment ?? null,
            at: message.at,
            client_id: item.client_id,
          },
        ]);
        return;
      }
      case 'message':
        if (message.message.author !== 'customer') this.set({ typing: null });
        this.take([message.message]);
        return;
      case 'conversation': {
        const held = this.state.conversation?.conversation;
        if (held && held !== message.conversation.conversation) {
          this.forgetNumbers();
          this.set({ conversation: message.conversation, messages: [] });
        } else this.set({ conversation: message.conversation });
        if (message.conversation.state === 'ended') this.set({ typing: null });
        this.read(this.readWanted);
        return;
      }
      case 'typing':
        this.stopTyping();
        this.set({ typing: { name: message.name, until: this.around.now() + TYPING_SHOWN_MS } });
        this.stopTyping = this.around.after(TYPING_SHOWN_MS, () => this.set({ typing: null }));
        return;
      case 'read':
        this.set({ agentRead: Math.max(this.state.agentRead, message.upto) });
        return;
      case 'message_left':
        this.set({
          outbox: this.state.outbox.filter((item) => item.client_id !== message.client_id),
          left: true,
        });
        return;
      case 'refused': {
        const { client_id, message: what, next, fatal } = message;
        const about = client_id && this.state.outbox.some((item) => item.client_id === client_id);
        if (about)
          this.set({
            outbox: this.state.outbox.map((item) =>
              item.client_id === client_id ? { ...item, refused: { message: what, next } } : item,
            ),
          });
        if (!about || fatal) this.set({ refused: { message: what, next, fatal } });
        if (fatal) {
          // A token that is no longer good would be refused again: the next try begins without one.
          if (message.code === 'sign_in_needed') this.set({ token: null });
          this.drop();
          this.set({ link: 'stopped' });
        }
        return;
      }
      case 'pong':
        return;
    }
  }

  /** Adds messages: each number once, and what the outbox was waiting for leaves it. */
  private take(incoming: MessageView[]) {
    const bySeq = new Map(this.state.messages.map((message) => [message.seq, message]));
    const mine = new Set<string>();
    for (const message of incoming) {
      if (message.client_id) mine.add(message.client_id);
      // The server's own copy of a message wins over the one made from its acknowledgement.
      const known = bySeq.get(message.seq);
      if (!known || known.id === known.client_id) bySeq.set(message.seq, message);
    }
    this.set({
      messages: [...bySeq.values()].sort((a, b) => a.seq - b.seq),
      outbox: this.state.outbox.filter((item) => !mine.has(item.client_id)),
    });
  }

  /** The last number before which nothing can be missing. An acknowledgement may overtake another's message. */
  private lastSeq() {
    let last = this.floor;
    for (const message of this.state.messages) if (message.seq === last + 1) last = message.seq;
    return last;
  }

  private forgetNumbers() {
    this.floor = 0;
    this.readSaid = 0;
    this.readWanted = 0;
    this.state = { ...this.state, agentRead: 0, typing: null };
  }

  private sendPending(item: Pending) {
    const { client_id, body } = item;
    if (item.kind === 'start')
      this.say({
        type: 'start',
        client_id,
        body,
        ...some('name', item.name),
        ...some('email', item.email),
        ...some('queue', item.queue),
      });
    else if (item.kind === 'leave_message')
      this.say({
        type: 'leave_message',
        client_id,
        body,
        email: item.email ?? '',
        ...some('name', item.name),
      });
    else this.say({ type: 'message', client_id, body, ...some('attachment', item.attachment?.id) });
  }

  private say(request: WidgetRequest) {
    // A socket that is closing throws away silently; the outbox and the next hello make up for it.
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(request));
  }

  private beat() {
    this.stopPing();
    this.stopPing = this.around.after(this.heartbeat.every, () => {
      this.ping();
      this.beat();
    });
  }

  private ping() {
    this.nonce += 1;
    this.say({ type: 'ping', nonce: this.nonce });
    this.stopDead();
    this.stopDead = this.around.after(this.heartbeat.dead, () => this.lost());
  }

  private alive() {
    this.stopDead();
  }

  private lost() {
    this.drop();
    // Full jitter: many visitors of one server that restarts come back spread out.
    const most = Math.min(BACK_OFF_MOST_MS, BACK_OFF_LEAST_MS * 2 ** this.tries);
    this.tries += 1;
    this.set({ link: 'waiting', typing: null });
    this.stopRetry = this.around.after(BACK_OFF_LEAST_MS + this.around.random() * most, () =>
      this.open(),
    );
  }

  private drop() {
    this.stopPing();
    this.stopDead();
    this.stopTyping();
    this.welcomed = false;
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  private set(part: Partial<State>) {
    this.state = { ...this.state, ...part };
    this.around.changed(this.state);
  }
}

function some<K extends string>(key: K, value: string | undefined): { [k in K]?: string } {
  return (value ? { [key]: value } : {}) as { [k in K]?: string };
}
