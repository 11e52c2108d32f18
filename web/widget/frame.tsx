// The chat itself, in a frame on our own origin. The loader on the host page hands over what is
// kept there; from then on `Session` speaks with the server and this file starts the drawing.

import { render } from 'preact';
import { MARK, type ToFrame, type ToHost } from './bridge';
import { Chat } from './Chat';
import { type Pending, Session } from './session';
import { loadWords } from './words';
import './frame.css';

type Kept = {
  token: string | null;
  who: string | null;
  seen: { conversation: string; seq: number } | null;
};

const query = new URLSearchParams(location.search);
const widget = query.get('widget') ?? '';
const host = query.get('host') ?? '';

const tell = (message: ToHost) => {
  // The server lets only the widget's own addresses frame this page, so a false `host` reaches nobody.
  if (host && parent !== window) parent.postMessage(message, host);
};

const parse = <T,>(text: string | null): T | null => {
  try {
    return text ? (JSON.parse(text) as T) : null;
  } catch {
    return null;
  }
};

/** Whom a signed token is about; only compared, never trusted: the server checks the signature. */
const whoOf = (identity: string | null) => {
  const body = identity?.split('.')[1];
  if (!body) return null;
  try {
    return (
      String(
        parse<{ sub?: unknown }>(atob(body.replace(/-/g, '+').replace(/_/g, '/')))?.sub ?? '',
      ) || null
    );
  } catch {
    return null;
  }
};

async function boot(said: Extract<ToFrame, { type: 'boot' }>) {
  const words = await loadWords(said.language);
  document.documentElement.lang = words.language;
  const who = whoOf(said.identity);
  const before = parse<Kept>(said.kept);
  // Another person at the same browser does not find the conversation of the one before.
  const same = before?.who === who;
  let shown = said.shown;
  let seen = same ? (before?.seen ?? null) : null;
  let keptText = '';
  let outboxText = '';
  let unreadSaid = -1;
  let colourSaid = '';

  const session = new Session(
    {
      connect: () =>
        new WebSocket(
          `${location.origin.replace(/^http/, 'ws')}/widget/v1/socket?widget=${encodeURIComponent(widget)}`,
        ) as never,
      now: () => performance.now(),
      after: (ms, run) => {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
      random: Math.random,
      uuid: () => crypto.randomUUID(),
      hello: {
        ...(said.identity ? { identity: said.identity } : {}),
        language: said.language,
        page: said.page,
      },
      changed: update,
    },
    {
      token: same ? (before?.token ?? null) : null,
      outbox: same ? (parse<Pending[]>(said.outbox) ?? []) : [],
    },
  );

  function update() {
    const { state } = session;
    const visible = shown && document.visibilityState === 'visible';
    const last = state.messages.at(-1)?.seq ?? 0;
    const conversation = state.conversation?.conversation;
    if (visible && conversation && last) {
      session.read(last);
      seen = { conversation, seq: last };
    }
    const from = seen && seen.conversation === conversation ? seen.seq : 0;
    const unread = visible
      ? 0
      : state.messages.filter((m) => m.author !== 'customer' && m.seq > from).length;
    if (unread !== unreadSaid) tell({ mark: MARK, type: 'unread', unread: (unreadSaid = unread) });
    if (state.widget && state.widget.colour !== colourSaid) {
      colourSaid = state.widget.colour;
      document.documentElement.style.setProperty('--accent', colourSaid);
      tell({ mark: MARK, type: 'colour', colour: colourSaid });
    }
    const live = !!state.conversation && state.conversation.state !== 'ended';
    const kept = JSON.stringify({ token: state.token, who, seen } satisfies Kept);
    if (kept + live !== keptText) {
      keptText = kept + live;
      tell({ mark: MARK, type: 'keep', kept, live: live || state.outbox.length > 0 });
    }
    const outbox = state.outbox.length ? JSON.stringify(state.outbox) : '';
    if (outbox !== outboxText)
      tell({ mark: MARK, type: 'outbox', outbox: (outboxText = outbox) || null });
    draw();
  }

  const close = () => tell({ mark: MARK, type: 'close' });
  const draw = () =>
    render(
      <Chat
        session={session}
        state={session.state}
        words={words}
        shown={shown}
        uploads={`/widget/v1/uploads?widget=${encodeURIComponent(widget)}`}
        onClose={close}
      />,
      document.getElementById('chat') as HTMLElement,
    );

  addEventListener('message', (event: MessageEvent<ToFrame>) => {
    if (!fromHost(event) || event.data.type !== 'shown') return;
    shown = event.data.shown;
    update();
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') session.recheck();
    update();
  });
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !event.isComposing) close();
  });
  addEventListener('online', () => session.recheck());
  draw();
  session.open();
}

const fromHost = (event: MessageEvent<ToFrame>) =>
  event.source === parent && event.origin === host && event.data?.mark === MARK;

if (widget && host && parent !== window) {
  const first = (event: MessageEvent<ToFrame>) => {
    if (!fromHost(event) || event.data.type !== 'boot') return;
    removeEventListener('message', first);
    void boot(event.data);
  };
  addEventListener('message', first);
  tell({ mark: MARK, type: 'ready' });
} else {
  document.body.textContent =
    'This page is the inside of a chat widget. Put the snippet of the widget on a page of its allowed addresses to use it.';
}
