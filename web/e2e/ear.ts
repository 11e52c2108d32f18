// The sound of somebody on the telephone: hears what is sent to a port, says a tone or nothing, presses keys.
import { createSocket, type Socket } from 'node:dgram';
import { randomInt } from 'node:crypto';

const RATE = 8000;
const FRAME = 160;
/** A judgement is made over so many samples: 0.4 s. */
const WINDOW = 3200;

/** A sample of G.711 mu-law (ITU-T G.711, table 2a). */
function decode(byte: number): number {
  const bits = ~byte & 0xff;
  const size = (((bits & 0x0f) << 3) + 0x84) << ((bits & 0x70) >> 4);
  return bits & 0x80 ? 0x84 - size : size - 0x84;
}

/** The byte of a sample. */
function encode(sample: number): number {
  const size = Math.min(32_635, Math.abs(Math.round(sample))) + 0x84;
  const exponent = Math.max(0, 31 - Math.clz32(size) - 7);
  return ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | ((size >> (exponent + 3)) & 0x0f)) & 0xff;
}

/** How much of the energy of some samples is a tone, 0 to 1 (Goertzel's way). */
export function share(samples: readonly number[], hz: number): number {
  const turn = (2 * Math.PI * hz) / RATE;
  let [re, im, all] = [0, 0, 0];
  samples.forEach((sample, i) => {
    re += sample * Math.cos(turn * i);
    im += sample * Math.sin(turn * i);
    all += sample * sample;
  });
  return all === 0 ? 0 : (2 * (re * re + im * im)) / (samples.length * all);
}

/** A WAV file of a tone, as somebody would upload it. */
export function toneFile(hz: number, seconds: number): Buffer {
  const samples = RATE * seconds;
  const file = Buffer.alloc(44 + samples * 2);
  file.write('RIFF', 0);
  file.writeUInt32LE(36 + samples * 2, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(RATE, 24);
  file.writeUInt32LE(RATE * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(samples * 2, 40);
  for (let i = 0; i < samples; i += 1) file.writeInt16LE(Math.round(9000 * Math.sin((2 * Math.PI * hz * i) / RATE)), 44 + i * 2);
  return file;
}

/** An ear with a mouth. */
export class Ear {
  private heard: number[] = [];
  private to: { port: number; address: string } | undefined;
  private says: number | undefined;
  private keys: string[] = [];
  private sequence = randomInt(60_000);
  private stamp = randomInt(1_000_000);
  private event: { key: number; at: number; stamp: number } | undefined;
  private readonly source = randomInt(2 ** 31);
  private readonly timer: NodeJS.Timeout;

  private constructor(private readonly socket: Socket, readonly port: number) {
    socket.on('message', (packet, from) => {
      this.to = { port: from.port, address: from.address };
      if (packet.length > 12 && ((packet[1] ?? 0) & 0x7f) === 0) {
        for (const byte of packet.subarray(12)) this.heard.push(decode(byte));
        this.heard = this.heard.slice(-RATE * 120);
      }
    });
    this.timer = setInterval(() => this.tick(), (FRAME * 1000) / RATE);
  }

  static open(port: number): Promise<Ear> {
    const socket = createSocket('udp4');
    return new Promise((done, failed) => {
      socket.once('error', failed);
      socket.bind(port, '127.0.0.1', () => done(new Ear(socket, port)));
    });
  }

  /** Says a tone from now on, or nothing. */
  say(hz: number | undefined): void {
    this.says = hz;
  }

  /** Presses keys, 100 ms each (RFC 4733, payload type 101). */
  press(keys: string): void {
    this.keys.push(...keys);
  }

  /** What was heard last: nothing, one of these tones, or something else. */
  hears(tones: readonly number[]): number | 'nothing' | 'other' | undefined {
    const last = this.heard.slice(-WINDOW);
    if (last.length < WINDOW) return undefined;
    if (last.reduce((sum, one) => sum + one * one, 0) / last.length < 100 ** 2) return 'nothing';
    return tones.find((hz) => share(last, hz) > 0.8) ?? 'other';
  }

  close(): void {
    clearInterval(this.timer);
    this.socket.close();
  }

  private tick(): void {
    if (!this.to) return;
    this.stamp += FRAME;
    if (!this.event && this.keys.length > 0) {
      const key = '0123456789*#'.indexOf(this.keys.shift() ?? '');
      this.event = { key, at: 0, stamp: this.stamp };
    }
    const event = this.event;
    if (event) {
      event.at += FRAME;
      const ends = event.at > 5 * FRAME;
      // The last packet goes three times, so that its loss is no loss; the pause after it parts the keys.
      if (event.at <= 8 * FRAME) {
        const body = Buffer.from([event.key, (ends ? 0x80 : 0) | 10, 0, 0]);
        body.writeUInt16BE(Math.min(event.at, 6 * FRAME), 2);
        this.send(101, event.stamp, event.at === FRAME, body);
      }
      if (event.at > 12 * FRAME) this.event = undefined;
      return;
    }
    const body = Buffer.alloc(FRAME, 0xff);
    const hz = this.says;
    if (hz !== undefined) {
      for (let i = 0; i < FRAME; i += 1) body[i] = encode(9000 * Math.sin((2 * Math.PI * hz * (this.stamp + i)) / RATE));
    }
    this.send(0, this.stamp, false, body);
  }

  private send(type: number, stamp: number, marked: boolean, body: Buffer): void {
    const head = Buffer.alloc(12);
    head[0] = 0x80;
    head[1] = (marked ? 0x80 : 0) | type;
    head.writeUInt16BE(this.sequence & 0xffff, 2);
    head.writeUInt32BE(stamp >>> 0, 4);
    head.writeUInt32BE(this.source, 8);
    this.sequence += 1;
    if (this.to) this.socket.send(Buffer.concat([head, body]), this.to.port, this.to.address);
  }
}
