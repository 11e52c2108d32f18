// A relay for browsers, as a provider would run one: coturn, which shares a secret with the server.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort } from './port';

/** A running TURN server that takes TCP alone. */
export class Relay {
  private constructor(readonly port: number, readonly secret: string, private readonly child: ChildProcess, private readonly folder: string) {}

  static async start(): Promise<Relay> {
    const port = await freePort();
    const secret = 'shared by both';
    const folder = mkdtempSync(join(tmpdir(), 'permanence-turn-'));
    const child = spawn('turnserver', [
      '-n', '--no-cli', '--no-udp', '--no-tls', '--no-dtls', '--no-multicast-peers', '--allow-loopback-peers', '--fingerprint',
      '--listening-ip=127.0.0.1', '--relay-ip=127.0.0.1', `--listening-port=${port}`, '--realm=permanence',
      '--use-auth-secret', `--static-auth-secret=${secret}`, `--userdb=${join(folder, 'turn.db')}`, `--pidfile=${join(folder, 'pid')}`, '--log-file=stdout',
    ], { cwd: folder, stdio: 'ignore' });
    const failed = new Promise<never>((_, no) => {
      child.once('error', (error) => no(new Error(`turnserver (Debian package coturn) cannot be started: ${error.message}`)));
      child.once('exit', (code) => no(new Error(`turnserver ended with ${String(code)}`)));
    });
    failed.catch(() => undefined); // it is stopped in the end
    await Promise.race([failed, listening(port)]);
    return new Relay(port, secret, child, folder);
  }

  stop(): void {
    this.child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Tries again until somebody listens there. */
async function listening(port: number): Promise<void> {
  const tried = await new Promise<boolean>((done) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => done(true)).once('error', () => done(false));
    socket.once('close', () => undefined);
    socket.setTimeout(1_000, () => socket.destroy());
  });
  if (!tried) await listening(port);
}
