// The live socket: one connection, topics with numbered changes, and a way back after a loss.
//
// The server numbers the changes of each topic. A change that does not follow the last one means
// that something was missed: the topic is asked for again from the last number, and nothing is
// handed on until the answer has closed the gap.
import type { LiveMessage, LiveRequest, Topic, TopicDelta, TopicView } from '../api/types';
import { say } from '../i18n/said';
import { pulse } from './pulse';

/** How the page stands with the server. */
export type LiveStatus =
  | { kind: 'connecting' }
  | { kind: 'live' }
  /** Figures on screen are of `since`; the next try is at `retryAt` (this page's time). */
  | { kind: 'lost'; since: number; retryAt: number };

/** What the socket tells. */
export type LiveEvents = {
  status(status: LiveStatus): void;
  snapshot(view: TopicView, seq: number): void;
  delta(change: TopicDelta, seq: number): void;
  /** The server's clock, with this page's times of asking and hearing. */
  time(serverTime: string, sent: number, received: number): void;
  refused(message: string, next: string): void;
  /** The server does not know the session any more. */
  signedOut(): void;
};

type Position = { seq: number | undefined; waiting: boolean };

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;
/** Pause before a topic that was not available is asked for again. */
const AGAIN_MS = 3000;
/** Close code by which the server says that the session has ended. */
const SIGNED_OUT = 4401;

export class LiveSocket {
  private socket: WebSocket | undefined;
  private readonly topics = new Map<Topic, Position>();
  private epoch: string | undefined;
  private failures = 0;
  private lastHeard = 0;
  private stopBeat: (() => void) | undefined;
  private again: ReturnType<typeof setTimeout> | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private pings = new Map<number, number>();
  private nonce = 0;
  private closed = false;
  /** Whether this connection has been welcomed; before that nothing is asked. */
  private welcomed = false;
  private dialled = 0;

  constructor(
    private readonly url: string,
    private readonly on: LiveEvents,
    private readonly make: (url: string) => WebSocket = (address) => new WebSocket(address),
    private readonly random: () => number = Math.random,
  ) {}

  /** Connects, and keeps connecting until closed. */
  open(): void {
    this.closed = false;
    this.dial();
  }

  /** Ends it for good. */
  close(): void {
    this.closed = true;
    clearTimeout(this.retry);
    clearTimeout(this.again);
    this.stopBeat?.();
    this.socket?.close();
    this.socket = undefined;
  }

  /** Follows a topic; from after `seq` of `epoch`, when this page has that state already. */
  follow(topic: Topic, seq?: number, epoch?: string): void {
    if (this.topics.has(topic)) return;
    this.topics.set(topic, { seq, waiting: true });
    if (epoch !== undefined) this.epoch ??= epoch;
    this.subscribe(topic);
  }

  /** Follows a topic no longer. */
  leave(topic: Topic): void {
    if (this.topics.delete(topic)) this.send({ type: 'unsubscribe', topic });
  }

  /** The topics followed. */
  get following(): Topic[] {
    return [...this.topics.keys()];
  }

  /** The run of numbers that this page is in. */
  get currentEpoch(): string | undefined {
    return this.epoch;
  }

  /** Says something, if there is a connection. */
  send(request: LiveRequest): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(request));
    return true;
  }

  /** Tries at once instead of at the end of the pause: the machine woke or the network is back. */
  nudge(): void {
    if (this.closed) return;
    if (this.retry !== undefined) {
      clearTimeout(this.retry);
      this.dial();
    } else {
      this.ping();
    }
  }

  private dial(): void {
    this.retry = undefined;
    this.dialled = Date.now();
    if (this.lastHeard === 0) this.on.status({ kind: 'connecting' });
    const socket = this.make(this.url);
    this.socket = socket;
    socket.addEventListener('message', (event) => {
      if (this.socket === socket) this.hear(String(event.data));
    });
    socket.addEventListener('close', (event) => {
      if (this.socket === socket) this.lost((event as CloseEvent).code);
    });
  }

  private lost(code: number): void {
    this.stopBeat?.();
    this.stopBeat = undefined;
    this.socket = undefined;
    this.welcomed = false;
    this.pings.clear();
    if (this.closed) return;
    if (code === SIGNED_OUT) {
      this.closed = true;
      this.on.signedOut();
      return;
    }
    // Doubling, and a random share, so that a thousand desks do not come back in the same instant.
    const ceiling = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.failures);
    const pause = ceiling * (0.5 + this.random() / 2);
    this.failures += 1;
    this.on.status({ kind: 'lost', since: this.lastHeard, retryAt: Date.now() + pause });
    this.retry = setTimeout(() => this.dial(), pause);
  }

  private hear(text: string): void {
    const now = Date.now();
    this.lastHeard = now;
    const message = JSON.parse(text) as LiveMessage; // the server's description is the promise of its shape
    switch (message.type) {
      case 'welcome':
        this.welcomed = true;
        this.failures = 0;
        this.on.time(message.server_time, this.dialled, now);
        if (this.epoch !== message.epoch) for (const position of this.topics.values()) position.seq = undefined;
        this.epoch = message.epoch;
        this.beat(message.heartbeat_ms, message.dead_after_ms);
        this.on.status({ kind: 'live' });
        for (const topic of this.topics.keys()) this.subscribe(topic);
        return;
      case 'snapshot': {
        const position = this.topics.get(message.view.topic);
        if (!position) return;
        position.seq = message.seq;
        position.waiting = false;
        this.on.snapshot(message.view, message.seq);
        return;
      }
      case 'delta':
        this.change(message.change, message.seq);
        return;
      case 'pong': {
        const sent = this.pings.get(message.nonce);
        if (sent !== undefined) this.on.time(message.server_time, sent, now);
        this.pings.delete(message.nonce);
        return;
      }
      case 'refused':
        // The floor is not ready for this page yet; whatever has no state is asked for again.
        if (message.code === 'unavailable') {
          clearTimeout(this.again);
          this.again = setTimeout(() => this.askAgain(), AGAIN_MS);
        } else {
          const said = say(message.code, undefined, message);
          this.on.refused(said.message, said.next);
        }
    }
  }

  private change(change: TopicDelta, seq: number): void {
    const position = this.topics.get(change.topic);
    if (!position || position.seq === undefined || seq <= position.seq) return;
    if (seq !== position.seq + 1) {
      // Asked for once; the changes that still arrive meanwhile are part of the answer.
      if (!position.waiting) this.subscribe(change.topic);
      return;
    }
    position.seq = seq;
    position.waiting = false;
    this.on.delta(change, seq);
  }

  private askAgain(): void {
    for (const [topic, { seq }] of this.topics) if (seq === undefined) this.subscribe(topic);
  }

  private subscribe(topic: Topic): void {
    const position = this.topics.get(topic);
    if (!position || !this.welcomed) return;
    position.waiting = this.send({
      type: 'subscribe', topic,
      ...(position.seq !== undefined ? { after: position.seq, epoch: this.epoch ?? null } : {}),
    });
  }

  private beat(everyMs: number, deadAfterMs: number): void {
    this.stopBeat?.();
    this.stopBeat = pulse(everyMs, () => {
      if (Date.now() - this.lastHeard > deadAfterMs) {
        const socket = this.socket;
        this.lost(1006);
        socket?.close();
        return;
      }
      this.ping();
    });
    this.ping();
  }

  private ping(): void {
    this.nonce += 1;
    if (this.send({ type: 'ping', nonce: this.nonce })) this.pings.set(this.nonce, Date.now());
  }
}
