import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { ApiError } from '../../api/errors';
import { openMicrophone } from './peer';
import { Phone, phoneShown, type PhoneWays } from './phone';
import { loudness } from './sound';

class Track extends EventTarget {
  readonly kind = 'audio';
  readyState = 'live';
  constructor(readonly deviceId = 'built-in') {
    super();
  }
  getSettings(): MediaTrackSettings {
    return { deviceId: this.deviceId };
  }
  stop(): void {
    this.readyState = 'ended';
  }
  /** The headset is pulled out. */
  unplug(): void {
    this.readyState = 'ended';
    this.dispatchEvent(new Event('ended'));
  }
}

const streamOf = (track: Track): MediaStream => ({ getTracks: () => [track], getAudioTracks: () => [track] }) as unknown as MediaStream;

class Peer extends EventTarget {
  connectionState: RTCPeerConnectionState = 'new';
  iceGatheringState: RTCIceGatheringState = 'complete';
  localDescription: { sdp: string } | null = null;
  answer: string | undefined;
  by: RTCIceServer[] | undefined;
  closed = false;
  readonly lines: { track: unknown; direction: string | undefined; replaced: unknown[] }[] = [];

  addTransceiver(track: unknown, init?: RTCRtpTransceiverInit) {
    const line = { track, direction: init?.direction, replaced: [] as unknown[] };
    this.lines.push(line);
    return { sender: { replaceTrack: async (next: unknown) => void line.replaced.push(next) } };
  }
  getConfiguration(): RTCConfiguration {
    return { bundlePolicy: 'balanced' };
  }
  setConfiguration({ iceServers }: RTCConfiguration): void {
    this.by = iceServers;
  }
  async createOffer() {
    return { type: 'offer', sdp: 'v=0 offer' };
  }
  async setLocalDescription(offer: { sdp: string }) {
    this.localDescription = offer;
  }
  async setRemoteDescription({ sdp }: { sdp: string }) {
    this.answer = sdp;
  }
  close(): void {
    this.closed = true;
  }
  becomes(state: RTCPeerConnectionState): void {
    this.connectionState = state;
    this.dispatchEvent(new Event('connectionstatechange'));
  }
}

function made(change: Partial<PhoneWays> = {}) {
  const peers: Peer[] = [];
  const tracks: Track[] = [];
  const asked: MediaStreamConstraints[] = [];
  const posted: unknown[] = [];
  const offer = vi.fn<(sdp: string) => Promise<string>>(async () => 'v=0 answer');
  const hangUp = vi.fn<() => Promise<void>>(async () => {});
  let hear: (message: { kind: 'taken' }) => void = () => {};
  const phone = new Phone({
    peer: () => {
      const peer = new Peer();
      peers.push(peer);
      return peer as unknown as RTCPeerConnection;
    },
    microphone: async (constraints) => {
      asked.push(constraints);
      const track = new Track(tracks.length === 0 ? 'headset' : 'built-in');
      tracks.push(track);
      return streamOf(track);
    },
    devices: async () => [],
    audio: () => document.createElement('audio'),
    offer,
    relays: async () => [],
    hangUp,
    tabs: (listener) => {
      hear = listener;
      return { post: (message) => void posted.push(message), close: () => {} };
    },
    ...change,
  });
  return { phone, peers, tracks, asked, posted, offer, hangUp, hear: () => hear({ kind: 'taken' }), last: () => peers[peers.length - 1] as Peer };
}

const refusedBy = (name: string) => async () => {
  throw new DOMException('no', name);
};

describe('the phone', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    localStorage.clear();
    sessionStorage.clear();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('offers a way by the relays that the server has, and none where it has none', async () => {
    const relay = { urls: ['turn:relay.example.org:3478'], username: '1796041800:anna', credential: 'seal' };
    const { phone, last } = made({ relays: async () => [relay] });
    await phone.connect();
    expect(last().by).toEqual([relay]);
    const without = made();
    await without.phone.connect();
    expect(without.last().by).toBeUndefined();
  });

  it('offers one line both ways with the microphone on it, and is open once sound can flow', async () => {
    const { phone, peers, tracks, offer, last } = made();
    await phone.connect();
    expect(peers).toHaveLength(1);
    expect(last().lines).toMatchObject([{ track: tracks[0], direction: 'sendrecv' }]);
    expect(offer).toHaveBeenCalledWith('v=0 offer');
    expect(last().answer).toBe('v=0 answer');
    expect(phone.link.get()).toBe('connecting');
    last().becomes('connected');
    expect(phone.link.get()).toBe('open');
  });

  it('asks for the microphone chosen, cleaned of echo and noise, and takes another when it is not there', async () => {
    localStorage.setItem('permanence.phone.microphone', 'gone');
    const asked: MediaStreamConstraints[] = [];
    const { phone } = made({
      microphone: async (constraints) => {
        asked.push(constraints);
        if (asked.length === 1) throw new DOMException('no', 'OverconstrainedError');
        return streamOf(new Track());
      },
    });
    await phone.connect();
    expect(asked).toMatchObject([
      { audio: { echoCancellation: true, noiseSuppression: true, deviceId: { exact: 'gone' } } },
      { audio: { echoCancellation: true, noiseSuppression: true } },
    ]);
    expect(phone.link.get()).toBe('connecting');
  });

  it('says that the microphone was refused, and does not ask again by itself', async () => {
    const { phone, peers } = made({ microphone: refusedBy('NotAllowedError') });
    await phone.connect();
    expect(phone.link.get()).toBe('denied');
    window.dispatchEvent(new Event('online'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(peers).toHaveLength(0);
  });

  it('tells a missing microphone from a refused one, and from a page without https', async () => {
    const missing = made({ microphone: refusedBy('NotFoundError') });
    await missing.phone.connect();
    expect(missing.phone.link.get()).toBe('no_microphone');
    vi.stubGlobal('navigator', { ...navigator, mediaDevices: undefined });
    const insecure = made({ microphone: openMicrophone });
    await insecure.phone.connect();
    vi.unstubAllGlobals();
    expect(insecure.phone.link.get()).toBe('insecure');
  });

  it('comes back by itself after a loss, with the same microphone', async () => {
    const { phone, peers, asked, last } = made();
    await phone.connect();
    last().becomes('connected');
    await vi.advanceTimersByTimeAsync(120_000);
    last().becomes('failed');
    expect(phone.link.get()).toBe('waiting');
    expect(peers[0]?.closed).toBe(true);
    await vi.advanceTimersByTimeAsync(1000);
    expect(peers).toHaveLength(2);
    expect(asked).toHaveLength(1);
    last().becomes('connected');
    expect(phone.link.get()).toBe('open');
  });

  it('waits longer between attempts, and tries at once when the network is back', async () => {
    const offers = vi.fn<() => void>();
    const { phone } = made({
      offer: async () => {
        offers();
        throw new ApiError(0, 'unreachable', 'no', 'wait', undefined);
      },
    });
    await phone.connect();
    await vi.advanceTimersByTimeAsync(60_000);
    const inAMinute = offers.mock.calls.length;
    expect(inAMinute).toBeGreaterThan(4);
    expect(inAMinute).toBeLessThan(16);
    window.dispatchEvent(new Event('online'));
    await vi.advanceTimersByTimeAsync(0);
    expect(offers).toHaveBeenCalledTimes(inAMinute + 1);
    phone.close();
  });

  it('lets a faltering connection recover, and gives it up after three seconds', async () => {
    const { phone, peers, last } = made();
    await phone.connect();
    last().becomes('connected');
    last().becomes('disconnected');
    expect(phone.link.get()).toBe('waiting');
    await vi.advanceTimersByTimeAsync(2000);
    last().becomes('connected');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(peers).toHaveLength(1);
    expect(phone.link.get()).toBe('open');
    last().becomes('disconnected');
    await vi.advanceTimersByTimeAsync(4000);
    expect(peers).toHaveLength(2);
  });

  it('tries anew when no sound flows ten seconds after the answer', async () => {
    const { phone, peers } = made();
    await phone.connect();
    await vi.advanceTimersByTimeAsync(9000);
    expect(peers).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2000);
    expect(peers).toHaveLength(2);
    phone.close();
  });

  it('stops when the connection breaks again and again right after it stood', async () => {
    const { phone, peers, tracks, last } = made();
    await phone.connect();
    for (let i = 0; i < 3; i += 1) {
      last().becomes('connected');
      last().becomes('failed');
      await vi.advanceTimersByTimeAsync(2500);
    }
    expect(phone.link.get()).toBe('unsteady');
    expect(peers).toHaveLength(3);
    expect(tracks[0]?.readyState).toBe('ended');
  });

  it('stops when the server says no', async () => {
    const { phone, tracks } = made({ offer: async () => { throw new ApiError(409, 'conflict', 'This server has no telephony.', 'Ask its operator.', 'r1'); } });
    await phone.connect();
    expect(phone.link.get()).toBe('idle');
    expect(tracks[0]?.readyState).toBe('ended');
  });

  it('changes the microphone on the line that stands', async () => {
    const { phone, peers, tracks, asked, last } = made();
    await phone.connect();
    last().becomes('connected');
    await phone.chooseMicrophone('desk');
    expect(asked[1]).toMatchObject({ audio: { deviceId: { exact: 'desk' } } });
    expect(last().lines[0]?.replaced).toEqual([tracks[1]]);
    expect([tracks[0]?.readyState, tracks[1]?.readyState]).toEqual(['ended', 'live']);
    expect(peers).toHaveLength(1);
    expect(phone.link.get()).toBe('open');
  });

  it('goes on with another microphone when the headset is pulled out', async () => {
    const { phone, tracks, last } = made();
    await phone.connect();
    last().becomes('connected');
    tracks[0]?.unplug();
    await vi.advanceTimersByTimeAsync(0);
    expect(last().lines[0]?.replaced).toEqual([tracks[1]]);
    expect(phone.link.get()).toBe('open');
  });

  it('hangs up rather than stand there with no microphone at all', async () => {
    let first = true;
    const track = new Track();
    const { phone, hangUp, last } = made({
      microphone: async () => {
        if (!first) throw new DOMException('no', 'NotFoundError');
        first = false;
        return streamOf(track);
      },
    });
    await phone.connect();
    last().becomes('connected');
    track.unplug();
    await vi.advanceTimersByTimeAsync(0);
    expect(phone.link.get()).toBe('no_microphone');
    expect(hangUp).toHaveBeenCalledOnce();
  });

  it('hangs up for good and closes the microphone', async () => {
    const { phone, peers, tracks, hangUp, last } = made();
    await phone.connect();
    last().becomes('connected');
    await phone.disconnect();
    expect(hangUp).toHaveBeenCalledOnce();
    expect(phone.link.get()).toBe('idle');
    expect(tracks[0]?.readyState).toBe('ended');
    window.dispatchEvent(new Event('online'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(peers).toHaveLength(1);
  });

  it('makes room for another tab without hanging up for it', async () => {
    const { phone, posted, hangUp, hear, last } = made();
    await phone.connect();
    expect(posted).toEqual([{ kind: 'taken' }]);
    last().becomes('connected');
    hear();
    expect(phone.link.get()).toBe('idle');
    expect(last().closed).toBe(true);
    expect(hangUp).not.toHaveBeenCalled();
  });

  it('connects again after a reload of the tab that was the phone, and in no other', async () => {
    const other = made();
    other.phone.resume();
    await vi.advanceTimersByTimeAsync(0);
    expect(other.peers).toHaveLength(0);
    const before = made();
    await before.phone.connect();
    const after = made();
    after.phone.resume();
    await vi.advanceTimersByTimeAsync(0);
    expect(after.peers).toHaveLength(1);
  });

  it('ignores what an attempt given up still brings', async () => {
    let answer: (sdp: string) => void = () => {};
    const { phone, last } = made({ offer: () => new Promise((resolve) => { answer = resolve; }) });
    const connecting = phone.connect();
    await vi.advanceTimersByTimeAsync(0);
    phone.close();
    answer('late');
    await connecting;
    expect(last().answer).toBeUndefined();
    expect(phone.link.get()).toBe('idle');
  });
});

describe('what the phone shows', () => {
  it('is ready only when the server says so', () => {
    const links = ['idle', 'asking', 'connecting', 'open', 'waiting', 'denied', 'insecure', 'no_microphone', 'unsteady'] as const;
    for (const link of links) {
      for (const server of [undefined, 'none', 'connecting', 'lost'] as const) expect(phoneShown(server, link), `${server} ${link}`).not.toBe('ready');
      expect(phoneShown('ready', link) === 'ready', link).toBe(link === 'open');
      expect(phoneShown('off', link), link).toBe('off');
    }
  });

  it('tells a phone in another window from none', () => {
    expect([phoneShown('ready', 'idle'), phoneShown('none', 'idle'), phoneShown('lost', 'idle')]).toEqual(['elsewhere', 'none', 'lost']);
  });
});

it('shows silence as nothing and a full voice as a full bar', () => {
  const voice = (level: number) => new Float32Array(1000).map((_, i) => level * Math.sin(i));
  expect(loudness(new Float32Array(1000))).toBe(0);
  expect(loudness(voice(1))).toBeGreaterThan(0.9);
  expect(loudness(voice(0.03))).toBeGreaterThan(0.4);
  expect(loudness(voice(0.03))).toBeLessThan(0.6);
});
