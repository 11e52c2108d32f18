import { afterEach, describe, expect, it, vi, type Mock } from 'vitest';

import { ApiError } from '../api/errors';
import { Supervision, type SuperviseWays } from './supervise';

class Peer extends EventTarget {
  connectionState: RTCPeerConnectionState = 'new';
  iceGatheringState: RTCIceGatheringState = 'complete';
  localDescription: { sdp: string } | null = null;
  closed = false;
  readonly lines: { what: unknown; direction: string | undefined }[] = [];

  addTransceiver(what: unknown, init?: RTCRtpTransceiverInit) {
    this.lines.push({ what, direction: init?.direction });
    return {};
  }
  async createOffer() {
    return { type: 'offer', sdp: `a=${this.lines[0]?.direction}` };
  }
  async setLocalDescription(offer: { sdp: string }) {
    this.localDescription = offer;
  }
  async setRemoteDescription() {}
  close(): void {
    this.closed = true;
  }
  becomes(state: RTCPeerConnectionState): void {
    this.connectionState = state;
    this.dispatchEvent(new Event('connectionstatechange'));
  }
}

function made(change: Partial<SuperviseWays> = {}) {
  const peers: Peer[] = [];
  const tracks: { kind: string; stop: Mock<() => void> }[] = [];
  const join = vi.fn<SuperviseWays['join']>(async () => 'answer');
  const leave = vi.fn<SuperviseWays['leave']>(async () => {});
  const microphone = vi.fn<() => Promise<MediaStream>>(async () => {
    const track = { kind: 'audio', stop: vi.fn<() => void>() };
    tracks.push(track);
    return { getTracks: () => [track], getAudioTracks: () => [track] } as unknown as MediaStream;
  });
  const supervision = new Supervision({
    peer: () => {
      const peer = new Peer();
      peers.push(peer);
      return peer as unknown as RTCPeerConnection;
    },
    microphone, audio: () => document.createElement('audio'), relays: async () => [], join, leave, ...change,
  });
  return { supervision, peers, tracks, join, leave, microphone };
}

describe('a supervisor beside a call', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('never asks for the microphone to listen, not even through the browser itself', async () => {
    const getUserMedia = vi.fn<() => Promise<MediaStream>>();
    const peers: Peer[] = [];
    vi.stubGlobal('navigator', { ...navigator, mediaDevices: { getUserMedia } });
    vi.stubGlobal('RTCPeerConnection', class extends Peer {
      constructor() {
        super();
        peers.push(this);
      }
    });
    const sent: unknown[] = [];
    vi.stubGlobal('fetch', async (_at: string, init?: RequestInit) => {
      sent.push(JSON.parse(String(init?.body)));
      return Response.json({ sdp: 'answer' });
    });
    const supervision = new Supervision();
    await supervision.join('c1', 'listen');
    expect(getUserMedia).not.toHaveBeenCalled();
    expect(peers).toHaveLength(1);
    expect(peers[0]?.lines).toEqual([{ what: 'audio', direction: 'recvonly' }]);
    expect(sent).toEqual([{ mode: 'listen', sdp: 'a=recvonly' }]);
    peers[0]?.becomes('connected');
    expect(supervision.beside.get()).toEqual({ contact: 'c1', mode: 'listen', state: 'open' });
  });

  it('speaks on a connection of its own, and shuts the microphone on the way back to listening', async () => {
    const { supervision, peers, tracks, join, microphone } = made();
    await supervision.join('c1', 'listen');
    await supervision.join('c1', 'whisper');
    expect(microphone).toHaveBeenCalledOnce();
    expect(peers.map(({ closed }) => closed)).toEqual([true, false]);
    expect(peers[1]?.lines).toEqual([{ what: tracks[0], direction: 'sendrecv' }]);
    await supervision.join('c1', 'listen');
    expect(tracks[0]?.stop).toHaveBeenCalledOnce();
    expect(peers).toHaveLength(3);
    expect(peers[2]?.lines).toEqual([{ what: 'audio', direction: 'recvonly' }]);
    expect(join.mock.calls.map(([, mode]) => mode)).toEqual(['listen', 'whisper', 'listen']);
  });

  it('leaves one call before it joins another', async () => {
    const { supervision, leave, join } = made();
    await supervision.join('c1', 'listen');
    await supervision.join('c2', 'listen');
    expect(leave.mock.calls).toEqual([['c1']]);
    expect(join.mock.calls.map(([contact]) => contact)).toEqual(['c1', 'c2']);
    expect(supervision.beside.get()?.contact).toBe('c2');
  });

  it('closes everything when it leaves, and leaves only what it is in', async () => {
    const { supervision, peers, tracks, leave } = made();
    await supervision.join('c1', 'barge');
    await supervision.leave('c2');
    expect(peers[0]?.closed).toBe(false);
    await supervision.leave('c1');
    expect([peers[0]?.closed, tracks[0]?.stop.mock.calls.length]).toEqual([true, 1]);
    expect(leave.mock.calls).toEqual([['c1']]);
    expect(supervision.beside.get()).toBeUndefined();
  });

  it('says that the microphone was refused, and does not stay in the call unseen', async () => {
    const { supervision, leave } = made({ microphone: async () => { throw new DOMException('no', 'NotAllowedError'); } });
    await supervision.join('c1', 'listen');
    await supervision.join('c1', 'barge');
    expect(supervision.beside.get()).toEqual({ contact: 'c1', mode: 'barge', state: 'denied' });
    expect(leave.mock.calls).toEqual([['c1']]);
  });

  it('is beside no call that the server refuses', async () => {
    const { supervision, peers } = made({ join: async () => { throw new ApiError(409, 'conflict', 'The call is over.', 'Reload.', 'r1'); } });
    await supervision.join('c1', 'listen');
    expect(supervision.beside.get()).toBeUndefined();
    expect(peers[0]?.closed).toBe(true);
  });

  it('opens no connection for a wish that another has overtaken', async () => {
    let give: (stream: MediaStream) => void = () => {};
    const late = { stop: vi.fn<() => void>() };
    const { supervision, join } = made({ microphone: () => new Promise((resolve) => { give = resolve; }) });
    const barge = supervision.join('c1', 'barge');
    await supervision.leave('c1');
    give({ getTracks: () => [late], getAudioTracks: () => [late] } as unknown as MediaStream);
    await barge;
    expect(late.stop).toHaveBeenCalledOnce();
    expect(join).not.toHaveBeenCalled();
    expect(supervision.beside.get()).toBeUndefined();
  });
});
