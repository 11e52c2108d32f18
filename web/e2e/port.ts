// Ports for foreign programs that take none from the system.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';

/** Foreign programs take their own ports for sound below. */
const LOWEST = 20_000;

/** What this process has given away. */
const given = new Set<number>();

/**
 * An even port of this machine that nobody listens on, by UDP or by TCP, and its neighbour neither.
 *
 * It lies below the range from which the system gives ports to whoever asks for any: one from that range is soon a browser's or a call's. None is given
 * twice by one process.
 */
export async function freePort(): Promise<number> {
  const [first, end] = belowTheSystems();
  const pairs = Math.floor((end - first) / 2);
  const from = randomInt(pairs);
  for (let step = 0; step < pairs; step += 1) {
    const port = first + ((from + step) % pairs) * 2;
    if (!given.has(port) && await isFree(port) && await isFree(port + 1)) {
      given.add(port);
      return port;
    }
  }
  throw new Error(`no port between ${first} and ${end} is free`);
}

/** The first port, even, and the one after the last. */
function belowTheSystems(): [number, number] {
  const begins = systemsBegins();
  // Where nothing is left below, what the system gives itself is the best there is.
  return begins < LOWEST + 1_000 ? [LOWEST, 60_000] : [LOWEST, begins];
}

/** Linux says where its own range begins; elsewhere it is the one that IANA sets apart. */
function systemsBegins(): number {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/)[0]);
  } catch {
    return 49_152;
  }
}

async function isFree(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  const listener = createServer();
  try {
    socket.bind(port, '127.0.0.1');
    await once(socket, 'listening');
    listener.listen(port, '127.0.0.1');
    await once(listener, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    await closed(socket);
    await closed(listener);
  }
}

/** Whatever never listened has nothing to close. */
function closed(what: { close(done: () => void): unknown }): Promise<void> {
  return new Promise((done) => {
    try {
      what.close(() => done());
    } catch {
      done();
    }
  });
}
