// A supervisor beside a call. Listening is a connection that only receives: no microphone is opened
// for it, so no voice can get into the call by mistake. Each way has a connection of its own.
import { path, post, request } from '../api/client';
import { ApiError } from '../api/errors';
import type { Id, PhoneAnswer, SuperviseMode } from '../api/types';
import { noMicrophone, offerOf, openMicrophone, playOn, relays, telephoneOnly, type NoMicrophone } from '../agent/phone/peer';
import { phone } from '../agent/phone/phone';
import { Cell } from '../live/store';
import { showError } from '../ui/toast';

/** With which call, how, and whether sound flows; without a microphone nobody is in the call. */
export type Beside = { contact: Id; mode: SuperviseMode; state: 'connecting' | 'open' | 'lost' | NoMicrophone };

/** How it reaches browser and server; tests hand in their own. */
export type SuperviseWays = {
  peer: () => RTCPeerConnection;
  microphone: () => Promise<MediaStream>;
  audio: () => HTMLAudioElement;
  relays: () => Promise<RTCIceServer[]>;
  join: (contact: Id, mode: SuperviseMode, sdp: string) => Promise<string>;
  leave: (contact: Id) => Promise<void>;
};

const BROWSER: SuperviseWays = {
  peer: () => new RTCPeerConnection(),
  microphone: () => openMicrophone({
    audio: { echoCancellation: true, noiseSuppression: true, ...(phone.microphone ? { deviceId: { ideal: phone.microphone } } : {}) },
  }),
  audio: () => new Audio(),
  relays,
  join: async (contact, mode, sdp) => (await post<PhoneAnswer>(path`/board/contacts/${contact}/supervise`, { mode, sdp })).sdp,
  leave: (contact) => request('DELETE', path`/board/contacts/${contact}/supervise`),
};

/** The supervisor's place beside one call at most. */
export class Supervision {
  readonly beside = new Cell<Beside | undefined>(undefined, 'now');

  private peer: RTCPeerConnection | undefined;
  private sound: MediaStream | undefined;
  private audio: HTMLAudioElement | undefined;
  /** Counts attempts; whatever an older one still brings is void. */
  private turn = 0;

  constructor(private readonly ways: SuperviseWays = BROWSER) {}

  /** Joins a call, or changes how; from another call it leaves first. */
  async join(contact: Id, mode: SuperviseMode): Promise<void> {
    const before = this.beside.get();
    if (before && before.contact !== contact) await this.leave(before.contact);
    this.turn += 1;
    const { turn } = this;
    this.drop();
    const show = (state: Beside['state']): void => {
      if (turn === this.turn) this.beside.set({ contact, mode, state });
    };
    show('connecting');
    try {
      const peer = this.ways.peer();
      this.peer = peer;
      const line = mode === 'listen' ? peer.addTransceiver('audio', { direction: 'recvonly' }) : await this.voice(peer, turn);
      if (turn !== this.turn || !line) return;
      telephoneOnly(line);
      peer.addEventListener('track', ({ track, streams }) => {
        this.audio ??= this.ways.audio();
        playOn(this.audio, streams[0] ?? new MediaStream([track]), phone.speaker);
      });
      peer.addEventListener('connectionstatechange', () => {
        if (peer.connectionState === 'connected') show('open');
        if (peer.connectionState === 'failed' || peer.connectionState === 'disconnected') show('lost');
      });
      const offer = await offerOf(peer, await this.ways.relays());
      if (turn !== this.turn) return;
      const answer = await this.ways.join(contact, mode, offer);
      if (turn !== this.turn) return;
      await peer.setRemoteDescription({ type: 'answer', sdp: answer });
    } catch (error) {
      if (turn !== this.turn) return;
      this.drop();
      if (error instanceof DOMException) {
        show(noMicrophone(error));
      } else {
        this.beside.set(undefined);
        showError(error);
      }
      // Whoever asked for another way to be in the call is not in it in the way before either.
      if (before?.contact === contact) this.tell(contact);
    }
  }

  /** Leaves the call. */
  async leave(contact: Id): Promise<void> {
    if (this.beside.get()?.contact !== contact) return;
    this.turn += 1;
    this.drop();
    this.beside.set(undefined);
    this.tell(contact);
  }

  private tell(contact: Id): void {
    this.ways.leave(contact).catch((error: unknown) => {
      // A call that is over has been left already.
      if (!(error instanceof ApiError && (error.status === 404 || error.status === 409))) showError(error);
    });
  }

  /** Opens the microphone and lays it on the connection. */
  private async voice(peer: RTCPeerConnection, turn: number): Promise<RTCRtpTransceiver | undefined> {
    const sound = await this.ways.microphone();
    if (turn !== this.turn) {
      for (const track of sound.getTracks()) track.stop();
      return undefined;
    }
    this.sound = sound;
    const [track] = sound.getAudioTracks();
    if (!track) throw new DOMException('no sound comes from the microphone', 'NotFoundError');
    return peer.addTransceiver(track, { direction: 'sendrecv', streams: [sound] });
  }

  private drop(): void {
    this.peer?.close();
    this.peer = undefined;
    for (const track of this.sound?.getTracks() ?? []) track.stop();
    this.sound = undefined;
    if (this.audio) this.audio.srcObject = null;
  }
}

/** The supervision of this tab. */
export const supervision = new Supervision();
