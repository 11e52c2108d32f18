// What every sound connection to the server has in common: an agent's phone, a supervisor's ear.

import { get } from '../../api/client';
import type { RelaysView } from '../../api/types';

/** The server is reached by its own address, so gathering is short; what came until then is enough. */
const GATHER_MS = 2000;

/** Signing in to a relay and getting an address there takes several ways to and fro, by TCP and TLS more. */
const GATHER_BY_RELAY_MS = 5000;

const TELEPHONE = ['audio/pcmu', 'audio/telephone-event'];

/** Why there is no microphone: refused; not given to a page without https; none there, or held by another program. */
export type NoMicrophone = 'denied' | 'insecure' | 'no_microphone';

/** Opens the microphone. */
export async function openMicrophone(constraints: MediaStreamConstraints): Promise<MediaStream> {
  // Browsers leave this out of pages that did not come over https or from the machine itself.
  if (!navigator.mediaDevices) throw new DOMException('no microphone for a page without https', 'SecurityError');
  return navigator.mediaDevices.getUserMedia(constraints);
}

/** What a failure to open the microphone means. */
export function noMicrophone(error: unknown): NoMicrophone {
  const name = error instanceof Error ? error.name : '';
  if (name === 'NotAllowedError') return 'denied';
  return name === 'SecurityError' ? 'insecure' : 'no_microphone';
}

/** Offers the telephone's own coding and its keys, and nothing that the server would have to turn down. */
export function telephoneOnly(transceiver: RTCRtpTransceiver): void {
  if (typeof RTCRtpReceiver === 'undefined') return;
  const known = RTCRtpReceiver.getCapabilities('audio')?.codecs ?? [];
  const wanted = TELEPHONE.flatMap((type) => known.filter(({ mimeType, clockRate }) => mimeType.toLowerCase() === type && clockRate === 8000));
  // A browser that cannot choose offers everything; the server picks what it speaks.
  if (wanted.length > 0 && 'setCodecPreferences' in transceiver) transceiver.setCodecPreferences(wanted);
}

/** What carries the sound where UDP does not reach the server. Asked for each connection: a sign-in to it ends. */
export async function relays(): Promise<RTCIceServer[]> {
  try {
    return (await get<RelaysView>('/voice/relays')).relays;
  } catch {
    // Then the server is reached directly, or the offer fails and says why.
    return [];
  }
}

/** The offer of a connection, with its addresses in it, those at `by` among them. */
export async function offerOf(peer: RTCPeerConnection, by: RTCIceServer[]): Promise<string> {
  if (by.length > 0) peer.setConfiguration({ ...peer.getConfiguration(), iceServers: by });
  await peer.setLocalDescription(await peer.createOffer());
  if (peer.iceGatheringState !== 'complete') {
    await new Promise<void>((resolve) => {
      const limit = setTimeout(resolve, by.length > 0 ? GATHER_BY_RELAY_MS : GATHER_MS);
      peer.addEventListener('icegatheringstatechange', () => {
        if (peer.iceGatheringState !== 'complete') return;
        clearTimeout(limit);
        resolve();
      });
    });
  }
  return peer.localDescription?.sdp ?? '';
}

/** Plays what comes in, on the speaker chosen if the browser lets one choose. */
export function playOn(audio: HTMLAudioElement, stream: MediaStream, speaker: string | undefined): void {
  audio.srcObject = stream;
  chooseSink(audio, speaker);
  void audio.play().catch(() => {
    // Silent until somebody clicks, after a reload for instance: the next click or key is taken for it.
    const again = (): void => {
      window.removeEventListener('pointerdown', again);
      window.removeEventListener('keydown', again);
      void audio.play().catch(() => undefined);
    };
    window.addEventListener('pointerdown', again);
    window.addEventListener('keydown', again);
  });
}

/** Whether this browser lets one choose where sound comes out. */
export const canChooseSink = (): boolean => typeof HTMLMediaElement !== 'undefined' && 'setSinkId' in HTMLMediaElement.prototype;

/** Sends the sound to a speaker; one that is gone leaves it where it was. */
export function chooseSink(audio: HTMLAudioElement, speaker: string | undefined): void {
  if (canChooseSink()) void audio.setSinkId(speaker ?? '').catch(() => undefined);
}
