// Live state of this browser: one tab holds the socket, all tabs hold the state.
//
// The tab that leads hands every message on; the others keep their own copy of the state in the
// same way, and ask the leader for a whole state when they come or miss a number.
import type { DeskView, LiveRequest, Topic, TopicDelta, TopicView } from '../api/types';
import { BoardStore } from './board';
import { forget, learn } from './clock';
import { applyDesk, deskNews, type DeskNews } from './desk';
import { hold, tabs, type TabChannel } from './leader';
import { LiveSocket, type LiveStatus } from './socket';
import { Cell } from './store';

type TabMessage =
  | { kind: 'lead' }
  | { kind: 'want'; topic: Topic }
  | { kind: 'say'; request: LiveRequest }
  | { kind: 'status'; status: LiveStatus }
  | { kind: 'time'; serverTime: string; sent: number; received: number }
  | { kind: 'state'; view: TopicView; seq: number; epoch: string | undefined }
  | { kind: 'delta'; change: TopicDelta; seq: number }
  | { kind: 'signed_out' };

/** How the hub reaches the server and the other tabs; tests hand in their own. */
export type HubWays = {
  url: string;
  make?: (url: string) => WebSocket;
  tabs?: (hear: (message: TabMessage) => void) => TabChannel<TabMessage>;
  hold?: (won: () => void) => () => void;
};

export class Hub {
  readonly status = new Cell<LiveStatus>({ kind: 'connecting' });
  readonly desk = new Cell<DeskView | undefined>(undefined);
  readonly board = new BoardStore();
  /** Whether this tab holds the socket. */
  leading = false;

  private socket: LiveSocket | undefined;
  private readonly channel: TabChannel<TabMessage>;
  private readonly letGo: () => void;
  private readonly seqs = new Map<Topic, number>();
  private epoch: string | undefined;
  private readonly wanted = new Set<Topic>();
  private readonly newsListeners = new Set<(news: DeskNews) => void>();
  private readonly refusedListeners = new Set<(message: string, next: string) => void>();
  private readonly signedOutListeners = new Set<() => void>();

  constructor(private readonly ways: HubWays) {
    this.channel = (ways.tabs ?? ((hear) => tabs<TabMessage>('permanence.live', hear)))((message) => this.hear(message));
    this.letGo = (ways.hold ?? ((won) => hold('permanence.live', won)))(() => this.lead());
    document.addEventListener('visibilitychange', this.wake);
    window.addEventListener('online', this.wake);
  }

  /** Keeps a topic up to date from now on. */
  follow(topic: Topic): void {
    this.wanted.add(topic);
    if (this.socket) {
      this.socket.follow(topic, this.seqs.get(topic), this.epoch);
    } else {
      this.channel.post({ kind: 'want', topic });
    }
  }

  /** Says something to the server; nothing that may not be lost. */
  say(request: LiveRequest): void {
    if (this.socket) this.socket.send(request);
    else this.channel.post({ kind: 'say', request });
  }

  /** Hears what happens at the desk, at once. */
  onNews(listener: (news: DeskNews) => void): () => void {
    this.newsListeners.add(listener);
    return () => this.newsListeners.delete(listener);
  }

  onRefused(listener: (message: string, next: string) => void): () => void {
    this.refusedListeners.add(listener);
    return () => this.refusedListeners.delete(listener);
  }

  onSignedOut(listener: () => void): () => void {
    this.signedOutListeners.add(listener);
    return () => this.signedOutListeners.delete(listener);
  }

  close(): void {
    document.removeEventListener('visibilitychange', this.wake);
    window.removeEventListener('online', this.wake);
    this.socket?.close();
    this.letGo();
    this.channel.close();
  }

  private readonly wake = (): void => {
    if (document.visibilityState === 'visible') this.socket?.nudge();
  };

  private lead(): void {
    this.leading = true;
    this.socket = new LiveSocket(
      this.ways.url,
      {
        status: (status) => {
          if (status.kind === 'lost') forget();
          this.status.set(status);
          this.channel.post({ kind: 'status', status });
        },
        snapshot: (view, seq) => {
          this.epoch = this.socket?.currentEpoch;
          this.channel.post({ kind: 'state', view, seq, epoch: this.epoch });
          this.take(view, seq);
        },
        delta: (change, seq) => {
          this.channel.post({ kind: 'delta', change, seq });
          this.change(change, seq);
        },
        time: (serverTime, sent, received) => {
          learn(serverTime, sent, received);
          this.channel.post({ kind: 'time', serverTime, sent, received });
        },
        refused: (message, next) => {
          for (const listener of this.refusedListeners) listener(message, next);
        },
        signedOut: () => {
          this.channel.post({ kind: 'signed_out' });
          for (const listener of this.signedOutListeners) listener();
        },
      },
      this.ways.make,
    );
    this.socket.open();
    for (const topic of this.wanted) this.socket.follow(topic, this.seqs.get(topic), this.epoch);
    this.channel.post({ kind: 'lead' });
  }

  private hear(message: TabMessage): void {
    if (this.socket) {
      if (message.kind === 'say') this.socket.send(message.request);
      if (message.kind === 'want') this.serve(message.topic);
      return;
    }
    switch (message.kind) {
      case 'lead':
        for (const topic of this.wanted) this.channel.post({ kind: 'want', topic });
        return;
      case 'status':
        if (message.status.kind === 'lost') forget();
        this.status.set(message.status);
        return;
      case 'time':
        learn(message.serverTime, message.sent, message.received);
        return;
      case 'state':
        this.epoch = message.epoch;
        if (this.wanted.has(message.view.topic)) this.take(message.view, message.seq);
        return;
      case 'delta': {
        const { topic } = message.change;
        const seq = this.seqs.get(topic);
        if (!this.wanted.has(topic) || (seq !== undefined && message.seq <= seq)) return;
        if (seq !== undefined && message.seq === seq + 1) this.change(message.change, message.seq);
        else this.channel.post({ kind: 'want', topic });
        return;
      }
      case 'signed_out':
        for (const listener of this.signedOutListeners) listener();
        return;
      default: // `want` and `say` are for the leader
    }
  }

  /** A whole state for a tab that asks. */
  private serve(topic: Topic): void {
    const seq = this.seqs.get(topic);
    const desk = this.desk.get();
    this.channel.post({ kind: 'status', status: this.status.get() });
    if (seq === undefined || (topic === 'desk' && !desk)) {
      this.wanted.add(topic);
      this.socket?.follow(topic);
    } else if (topic === 'board') {
      this.channel.post({ kind: 'state', view: { topic, data: this.board.view() }, seq, epoch: this.epoch });
    } else if (desk) {
      this.channel.post({ kind: 'state', view: { topic, data: desk }, seq, epoch: this.epoch });
    }
  }

  private take(view: TopicView, seq: number): void {
    this.seqs.set(view.topic, seq);
    if (view.topic === 'board') {
      this.board.replace(view.data);
      return;
    }
    const before = this.desk.get();
    this.desk.set(view.data);
    this.tell(deskNews(before, view.data, {}));
  }

  private change(change: TopicDelta, seq: number): void {
    this.seqs.set(change.topic, seq);
    if (change.topic === 'board') {
      this.board.apply(change.data);
      return;
    }
    const before = this.desk.get();
    if (!before) return;
    const after = applyDesk(before, change.data);
    this.desk.set(after);
    this.tell(deskNews(before, after, change.data));
  }

  private tell(news: DeskNews[]): void {
    for (const one of news) for (const listener of this.newsListeners) listener(one);
  }
}

let hub: Hub | undefined;

/** The hub of this page. */
export function live(): Hub {
  hub ??= new Hub({ url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/v1/live` });
  return hub;
}

/** Lets go of the hub, at sign-out: nothing of one person is left for the next. */
export function endLive(): void {
  hub?.close();
  hub = undefined;
}

/** Puts a hub in place; for tests. */
export function placeHub(one: Hub | undefined): void {
  hub = one;
}
