// Somebody on the telephone: sipp, which echoes what it hears.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const script = (name: string): string => new URL(`./${name}.xml`, import.meta.url).pathname;

/** A call that ends when the other side hangs up. */
export class Caller {
  private constructor(private readonly child: ChildProcess, private readonly folder: string, private readonly ended: Promise<number | null>) {}

  /** Calls `number` at a server that takes SIP at `sip` (`127.0.0.1:5060`). */
  static call(sip: string, number: string): Promise<Caller> {
    return Caller.play('caller', sip, number);
  }

  /** Calls `number`, hears it ring for more than six seconds, and gives up. */
  static leave(sip: string, number: string): Promise<Caller> {
    return Caller.play('leaver', sip, number);
  }

  /** Calls with its sound at a port of the test's own. */
  static listen(sip: string, number: string, soundPort: number): Promise<Caller> {
    return Caller.play('listener', sip, number, ['-key', 'sound_port', String(soundPort)], false);
  }

  /** Is called at `port`, answers each call, and echoes until it ends; see `leave`. */
  static answer(port: number): Promise<Caller> {
    return Caller.play('answerer', '127.0.0.1', 'nobody', ['-p', String(port)], true, false);
  }

  /** Where its sound comes and goes it seeks itself; told a port, it would give up where that or the next but one is taken. */
  private static async play(name: string, sip: string, number: string, more: string[] = [], echo = true, once = true): Promise<Caller> {
    const folder = mkdtempSync(join(tmpdir(), 'permanence-sipp-'));
    const child = spawn(
      'sipp',
      ['-sf', script(name), '-s', number, '-i', '127.0.0.1', '-mi', '127.0.0.1', ...(echo ? ['-rtp_echo'] : []), ...(once ? ['-m', '1'] : []), '-nostdin', '-trace_err', ...more, sip],
      { cwd: folder, stdio: 'ignore' },
    );
    const ended = new Promise<number | null>((done, failed) => {
      child.once('exit', (code) => done(code));
      child.once('error', (error) => failed(new Error(`sipp (Debian package sip-tester) cannot be started: ${error.message}`)));
    });
    // Whoever does not wait for the end learns of a failure by the call that never came.
    ended.catch(() => undefined);
    return new Caller(child, folder, ended);
  }

  /** Waits until the call is over; 0 when it went as the scenario says. */
  over(): Promise<number | null> {
    return this.ended;
  }

  /** Takes no more calls, and waits until those in hand are over; 0 when each went as the scenario says. */
  leave(): Promise<number | null> {
    this.child.kill('SIGUSR1');
    return this.ended;
  }

  /** Is gone without a word. */
  async vanish(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    await this.ended.catch(() => undefined);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
