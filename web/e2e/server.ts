// Starts the real server, with a data folder of its own, on a port that the system chooses.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const binary = process.env['PERMANENCE_BIN'] ?? new URL('../../target/debug/permanence', import.meta.url).pathname;
/** A start takes a second, one that lives through weeks first takes more; a machine under load takes longer. */
const START_MOST_MS = 180_000;

/** A running server. */
export class Server {
  private constructor(
    /** Where it listens. */
    readonly url: string,
    /** The link of the first run; of a demonstration floor everybody's password. */
    readonly firstRun: string,
    /** Where calls are taken, as host and port; empty without telephony. */
    readonly sip: string,
    private readonly child: ChildProcess,
    private readonly data: string,
  ) {}

  static async start(flags: string[] = [], environment: Record<string, string> = {}): Promise<Server> {
    const data = mkdtempSync(join(tmpdir(), 'permanence-e2e-'));
    const child = spawn(binary, ['serve', '--data', data, '--listen', '127.0.0.1:0', ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment },
    });
    const said: string[] = [];
    child.stderr.on('data', (bytes: Buffer) => said.push(bytes.toString()));
    const read = async () => {
      let url: string | undefined;
      let sip = '';
      for await (const line of createInterface({ input: child.stdout })) {
        said.push(line);
        url ??= /listens on (http:\S+)/.exec(line)?.[1];
        sip = /Calls are taken at udp:\/\/(\S+)/.exec(line)?.[1] ?? sip;
        const link = /(http:\S+\/first-run\?token=\S+)/.exec(line)?.[1] ?? /^Password: +(\S+)/.exec(line)?.[1];
        if (url && link) {
          child.stdout.resume();
          return new Server(url, link, sip, child, data);
        }
      }
      throw new Error(`the server ended before it listened:\n${said.join('\n')}`);
    };
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, no) => {
      timer = setTimeout(() => no(new Error(`the server did not start in ${START_MOST_MS} ms:\n${said.join('\n')}`)), START_MOST_MS);
    });
    try {
      return await Promise.race([read(), late]);
    } catch (error) {
      child.kill('SIGKILL');
      rmSync(data, { recursive: true, force: true });
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Moves the clock of a server that was started with `--test-clock`. */
  async moveTo(instant: string): Promise<void> {
    const answer = await fetch(`${this.url}/test/clock`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ now: instant }),
    });
    if (!answer.ok) throw new Error(`test clock: ${answer.status} ${await answer.text()}`);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = new Promise((done) => this.child.once('exit', done));
      // Browsers of a failed test may still hold sockets; nothing of the data is wanted any more.
      this.child.kill('SIGKILL');
      await ended;
    }
    rmSync(this.data, { recursive: true, force: true });
  }
}
