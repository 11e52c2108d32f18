// A mail server for the tests of the screens: takes what it is given without encryption, and knows nobody called `nobody`.
import { createServer, type Server as Listener, type Socket } from 'node:net';

/** A mail as it travelled, its parts still encoded. */
export type Letter = { to: string; data: string };

/** A mail server on a port that the system chooses. */
export class Post {
  readonly taken: Letter[] = [];
  /** Whether it asks everybody to come again later. */
  isBusy = false;

  private constructor(private readonly listener: Listener, readonly port: number) {}

  static async open(): Promise<Post> {
    let post: Post | undefined;
    const listener = createServer((socket) => converse(socket, () => post?.isBusy ?? false, (letter) => post?.taken.push(letter)));
    await new Promise<void>((ready) => listener.listen(0, '127.0.0.1', ready));
    const address = listener.address();
    if (address === null || typeof address === 'string') throw new Error('the mail server has no port');
    post = new Post(listener, address.port);
    return post;
  }

  /** What a server is told to send through it. */
  get settings(): Record<string, string> {
    return {
      PERMANENCE_MAIL_HOST: '127.0.0.1', PERMANENCE_MAIL_PORT: String(this.port), PERMANENCE_MAIL_TLS: 'none', PERMANENCE_MAIL_FROM: 'Accueil <service@accueil.example>',
    };
  }

  /** The text of a mail, decoded. */
  static text(letter: Letter): string {
    const [, part = letter.data] = /\r\n\r\n([\s\S]*)$/.exec(letter.data) ?? [];
    if (/^content-transfer-encoding: base64/im.test(letter.data)) return Buffer.from(part, 'base64').toString('utf8');
    const bytes = part.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
    return Buffer.from(bytes, 'latin1').toString('utf8');
  }

  close(): Promise<void> {
    return new Promise((closed) => this.listener.close(() => closed()));
  }
}

/** One conversation (RFC 5321), as far as these tests go. */
function converse(socket: Socket, isBusy: () => boolean, take: (letter: Letter) => void): void {
  let heard = '';
  let to = '';
  let writing = false;
  const say = (line: string) => socket.write(`${line}\r\n`);
  socket.on('error', () => socket.destroy());
  socket.on('data', (bytes) => {
    heard += bytes.toString('latin1');
    for (;;) {
      const end = heard.indexOf(writing ? '\r\n.\r\n' : '\r\n');
      if (end < 0) return;
      const piece = heard.slice(0, end);
      heard = heard.slice(end + (writing ? 5 : 2));
      if (writing) {
        writing = false;
        take({ to, data: piece });
        say('250 Taken');
      } else if (/^(EHLO|HELO)/i.test(piece)) say('250 post.example');
      else if (/^RCPT TO:<nobody@/i.test(piece)) say('550 5.1.1 No such user here');
      else if (/^RCPT/i.test(piece) && isBusy()) say('451 4.7.1 Greylisted, try again');
      else if (/^RCPT/i.test(piece)) {
        to = /<([^>]*)>/.exec(piece)?.[1] ?? '';
        say('250 OK');
      } else if (/^DATA/i.test(piece)) {
        writing = true;
        say('354 Go on');
      } else if (/^QUIT/i.test(piece)) {
        say('221 Bye');
        socket.end();
      } else say('250 OK');
    }
  });
  say('220 post.example');
}
