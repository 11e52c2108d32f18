// The phone of this tab: one standing connection for the shift, on which the server rings no bell but
// speaks. It comes back by itself after a loss. Whether calls are offered is the server's word alone
// (`desk.me.phone`); this file knows only what the browser's end of the line is doing.
import { post, request } from '../../api/client';
import { ApiError } from '../../api/errors';
import type { PhoneAnswer, PhoneState } from '../../api/types';
import { tabs, type TabChannel } from '../../live/leader';
import { Cell } from '../../live/store';
import { showError } from '../../ui/toast';
import { chooseSink, noMicrophone, offerOf, openMicrophone, playOn, relays, telephoneOnly, type NoMicrophone } from './peer';

/** What the browser's end is doing. */
export type Link =
  | 'idle'
  /** The browser asks for the microphone. */
  | 'asking'
  | 'connecting'
  | 'open'
  /** The connection broke; the next attempt comes by itself. */
  | 'waiting'
  /** No microphone, and why. */
  | NoMicrophone
  /** It broke again and again soon after it stood, so it is tried no more. */
  | 'unsteady';

/** What the phone shows. `elsewhere`: the server has a phone of this agent, and it is not this tab. */
export type PhoneShown = Exclude<PhoneState, 'ready'> | 'ready' | 'asking' | NoMicrophone | 'unsteady' | 'elsewhere' | 'unknown' | 'desk_phone' | 'desk_phone_away';

/** What is shown, of both ends: ready only when the server says so. `undefined`: the server is out of reach. */
export function phoneShown(server: PhoneState | undefined, link: Link): PhoneShown {
  if (server === 'off') return 'off';
  switch (link) {
    case 'asking':
    case 'denied':
    case 'insecure':
    case 'no_microphone':
    case 'unsteady':
    case 'connecting':
      return link;
    case 'waiting':
      return 'lost';
    case 'open':
      if (server === undefined) return 'unknown';
      return server === 'none' ? 'connecting' : server;
    case 'idle':
      if (server === undefined) return 'unknown';
      return server === 'ready' || server === 'connecting' ? 'elsewhere' : server;
  }
}

/** How the phone reaches browser and server; tests hand in their own. */
export type PhoneWays = {
  peer: () => RTCPeerConnection;
  microphone: (constraints: MediaStreamConstraints) => Promise<MediaStream>;
  devices: () => Promise<MediaDeviceInfo[]>;
  audio: () => HTMLAudioElement;
  /** Hands the offer to the server and gives its answer. */
  offer: (sdp: string) => Promise<string>;
  relays: () => Promise<RTCIceServer[]>;
  hangUp: () => Promise<void>;
  tabs: (hear: (message: TabMessage) => void) => TabChannel<TabMessage>;
};

type TabMessage = { kind: 'taken' };

const BROWSER: PhoneWays = {
  peer: () => new RTCPeerConnection(),
  microphone: openMicrophone,
  devices: async () => (await navigator.mediaDevices?.enumerateDevices()) ?? [],
  audio: () => new Audio(),
  offer: async (sdp) => (await post<PhoneAnswer>('/desk/phone', { sdp })).sdp,
  relays,
  hangUp: () => request('DELETE', '/desk/phone'),
  tabs: (hear) => tabs<TabMessage>('permanence.phone', hear),
};

/** A connection that does not stand by then is tried anew. */
const CONNECT_MS = 10_000;
/** A connection that falters may come back by itself for so long. */
const FALTER_MS = 3000;
const AGAIN_MIN_MS = 500;
const AGAIN_MAX_MS = 15_000;
/** A connection that broke within this time was a short one; so many in a row, and something else is wrong. */
const SHORT_MS = 30_000;
const SHORT_MAX = 3;

const MICROPHONE = 'permanence.phone.microphone';
const SPEAKER = 'permanence.phone.speaker';
/** In this tab alone, across a reload: the phone was connected. */
const ON = 'permanence.phone.on';

/** The phone of one tab. */
export class Phone {
  readonly link = new Cell<Link>('idle', 'now');
  /** What the microphone gives, while it is open; for the meter. */
  readonly sound = new Cell<MediaStream | undefined>(undefined, 'now');
  readonly devices = new Cell<readonly MediaDeviceInfo[]>([], 'now');

  private peer: RTCPeerConnection | undefined;
  private sender: RTCRtpSender | undefined;
  private audio: HTMLAudioElement | undefined;
  private channel: TabChannel<TabMessage> | undefined;
  private wanted = false;
  /** Counts attempts; whatever an older one still brings is void. */
  private turn = 0;
  private tries = 0;
  private short = 0;
  private openedAt: number | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly ways: PhoneWays = BROWSER) {}

  get microphone(): string | undefined {
    return localStorage.getItem(MICROPHONE) ?? undefined;
  }

  get speaker(): string | undefined {
    return localStorage.getItem(SPEAKER) ?? undefined;
  }

  /** Connects, and stays connected until told otherwise. */
  async connect(): Promise<void> {
    this.listen();
    this.wanted = true;
    this.tries = 0;
    this.short = 0;
    sessionStorage.setItem(ON, '1');
    this.channel?.post({ kind: 'taken' });
    await this.attempt();
  }

  /** Connects again after a reload, if this tab was the phone before. */
  resume(): void {
    if (sessionStorage.getItem(ON) && !this.wanted && this.link.get() === 'idle') void this.connect();
  }

  /** Hangs up for good: no call is offered until it is connected again. */
  async disconnect(): Promise<void> {
    this.close();
    await this.ways.hangUp();
  }

  /** Lets go of everything here, and tells the server nothing: at sign-out, or when another tab takes over. */
  close(): void {
    sessionStorage.removeItem(ON);
    this.give('idle');
    window.removeEventListener('online', this.wake);
    document.removeEventListener('visibilitychange', this.wake);
    navigator.mediaDevices?.removeEventListener?.('devicechange', this.changed);
    this.channel?.close();
    this.channel = undefined;
  }

  async chooseMicrophone(id: string): Promise<void> {
    localStorage.setItem(MICROPHONE, id);
    if (this.sound.get()) await this.exchange();
  }

  chooseSpeaker(id: string): void {
    localStorage.setItem(SPEAKER, id);
    if (this.audio) chooseSink(this.audio, id);
  }

  /** Looks which microphones and speakers there are; their names are known once the microphone was allowed. */
  async look(): Promise<void> {
    this.devices.set(await this.ways.devices().catch(() => []));
  }

  /** A moment in which a broken connection may well stand again. */
  private readonly wake = (): void => {
    if (!this.wanted || document.visibilityState === 'hidden') return;
    const broken = this.link.get() === 'waiting' || (this.link.get() === 'open' && this.peer?.connectionState !== 'connected');
    if (!broken) return;
    this.tries = 0;
    void this.attempt();
  };

  /** A device came or went. */
  private readonly changed = (): void => {
    void this.look().then(() => {
      const track = this.sound.get()?.getAudioTracks()[0];
      if (!track) return;
      const chosen = this.microphone;
      const back = chosen !== undefined && track.getSettings().deviceId !== chosen && this.devices.get().some(({ deviceId }) => deviceId === chosen);
      if (back || track.readyState === 'ended') return this.exchange();
    });
    this.wake();
  };

  private listen(): void {
    if (this.channel) return;
    window.addEventListener('online', this.wake);
    document.addEventListener('visibilitychange', this.wake);
    navigator.mediaDevices?.addEventListener?.('devicechange', this.changed);
    this.channel = this.ways.tabs(({ kind }) => {
      if (kind === 'taken') this.close();
    });
  }

  /** Stops trying, with what is shown from then on. */
  private give(link: Link): void {
    this.wanted = false;
    this.turn += 1;
    this.drop();
    for (const track of this.sound.get()?.getTracks() ?? []) track.stop();
    this.sound.set(undefined);
    this.link.set(link);
  }

  private async attempt(): Promise<void> {
    this.turn += 1;
    const { turn } = this;
    this.drop();
    const sound = await this.open(turn);
    const [track] = sound?.getAudioTracks() ?? [];
    if (!sound || !track || turn !== this.turn) return;
    this.link.set('connecting');
    const peer = this.ways.peer();
    this.peer = peer;
    peer.addEventListener('connectionstatechange', () => this.moved(peer));
    peer.addEventListener('track', ({ track: heard, streams }) => {
      this.audio ??= this.ways.audio();
      playOn(this.audio, streams[0] ?? new MediaStream([heard]), this.speaker);
    });
    const line = peer.addTransceiver(track, { direction: 'sendrecv', streams: [sound] });
    telephoneOnly(line);
    this.sender = line.sender;
    this.timer = setTimeout(() => this.broke(peer), CONNECT_MS);
    try {
      const offer = await offerOf(peer, await this.ways.relays());
      if (turn !== this.turn) return;
      const answer = await this.ways.offer(offer);
      if (turn !== this.turn) return;
      await peer.setRemoteDescription({ type: 'answer', sdp: answer });
    } catch (error) {
      if (turn !== this.turn) return;
      if (error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429) {
        // The server will say the same the next time.
        this.give('idle');
        showError(error);
      } else {
        this.again();
      }
    }
  }

  /** The microphone, open; or what is shown instead. */
  private async open(turn: number): Promise<MediaStream | undefined> {
    const known = this.sound.get();
    if (known?.getAudioTracks()[0]?.readyState === 'live') return known;
    this.link.set('asking');
    try {
      const sound = await this.ask();
      if (turn !== this.turn) {
        for (const track of sound.getTracks()) track.stop();
        return undefined;
      }
      this.hold(sound);
      void this.look();
      return sound;
    } catch (error) {
      if (turn === this.turn) this.give(noMicrophone(error));
      return undefined;
    }
  }

  private async ask(): Promise<MediaStream> {
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    const chosen = this.microphone;
    if (!chosen) return this.ways.microphone({ audio });
    try {
      return await this.ways.microphone({ audio: { ...audio, deviceId: { exact: chosen } } });
    } catch (error) {
      // The headset chosen is not plugged in today; another is better than none.
      if (noMicrophone(error) !== 'no_microphone') throw error;
      return this.ways.microphone({ audio });
    }
  }

  private hold(sound: MediaStream): void {
    for (const track of sound.getAudioTracks()) {
      track.addEventListener('ended', () => {
        if (this.sound.get() === sound) void this.exchange();
      });
    }
    this.sound.set(sound);
  }

  /** Another microphone on the same line; a call under way goes on. */
  private async exchange(): Promise<void> {
    const before = this.sound.get();
    const { turn } = this;
    try {
      const sound = await this.ask();
      if (turn !== this.turn || this.sound.get() !== before) {
        for (const track of sound.getTracks()) track.stop();
        return;
      }
      await this.sender?.replaceTrack(sound.getAudioTracks()[0] ?? null);
      this.hold(sound);
      for (const track of before?.getTracks() ?? []) track.stop();
    } catch (error) {
      // Nobody would hear the agent: better no phone than a silent one.
      if (turn === this.turn && before?.getAudioTracks()[0]?.readyState !== 'live') {
        this.give(noMicrophone(error));
        void this.ways.hangUp().catch(() => undefined);
      }
    }
  }

  private moved(peer: RTCPeerConnection): void {
    if (peer !== this.peer) return;
    switch (peer.connectionState) {
      case 'connected':
        clearTimeout(this.timer);
        this.openedAt ??= Date.now();
        this.link.set('open');
        return;
      case 'disconnected':
        this.link.set('waiting');
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.broke(peer), FALTER_MS);
        return;
      case 'failed':
      case 'closed':
        this.broke(peer);
        return;
      default: // on its way
    }
  }

  private broke(peer: RTCPeerConnection): void {
    if (peer !== this.peer) return;
    if (this.openedAt !== undefined) {
      const stood = Date.now() - this.openedAt;
      this.short = stood < SHORT_MS ? this.short + 1 : 0;
      if (stood >= SHORT_MS) this.tries = 0;
    }
    // Two windows that each take the phone from the other would never stop.
    if (this.short >= SHORT_MAX) this.give('unsteady');
    else this.again();
  }

  private again(): void {
    this.turn += 1;
    this.drop();
    this.link.set('waiting');
    const longest = Math.min(AGAIN_MAX_MS, AGAIN_MIN_MS * 2 ** this.tries);
    this.tries += 1;
    this.timer = setTimeout(() => void this.attempt(), longest * (0.5 + Math.random() / 2));
  }

  private drop(): void {
    clearTimeout(this.timer);
    const { peer } = this;
    this.peer = undefined;
    this.sender = undefined;
    this.openedAt = undefined;
    peer?.close();
    if (this.audio) this.audio.srcObject = null;
  }
}

/** The phone of this tab. */
export const phone = new Phone();
