// A scripted other end for tests of screens: a socket whose server side is the test, and answers to
// requests by method and path. Nothing of this is in a build.
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, RouterProvider } from '@tanstack/react-router';
import { act, render, type RenderResult } from '@testing-library/react';
import { vi } from 'vitest';

import type { LiveMessage, LiveRequest, SessionView } from '../api/types';
import { Hub, placeHub, type HubWays } from '../live/hub';
import { queries } from '../queries';
import { makeRouter } from '../router';
import { theme, variables } from '../theme/mantine';

/** A socket as the page sees it; the test speaks for the server. */
export class ScriptedSocket extends EventTarget {
  readyState: number = WebSocket.OPEN;
  readonly heard: LiveRequest[] = [];

  send(text: string): void {
    this.heard.push(JSON.parse(text) as LiveRequest); // the page's own types made it
  }

  close(): void {
    this.drop(1000);
  }

  say(message: LiveMessage): void {
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }));
  }

  welcome(epoch = 'e1'): void {
    this.say({ type: 'welcome', server_time: new Date().toISOString(), epoch, heartbeat_ms: 5000, dead_after_ms: 12_000 });
  }

  drop(code = 1006): void {
    this.readyState = WebSocket.CLOSED;
    const event = new Event('close');
    Object.defineProperty(event, 'code', { value: code });
    this.dispatchEvent(event);
  }

  /** What the page last asked of this kind. */
  asked(type: LiveRequest['type']): LiveRequest[] {
    return this.heard.filter((one) => one.type === type);
  }
}

/** Sockets in the order they were opened. */
export function sockets(): { all: ScriptedSocket[]; make: (url: string) => WebSocket } {
  const all: ScriptedSocket[] = [];
  return {
    all,
    make: () => {
      const socket = new ScriptedSocket();
      all.push(socket);
      return socket as unknown as WebSocket; // it has all that the page uses
    },
  };
}

/** A request that a screen made. */
export type Asked = { method: string; path: string; body: unknown };
type Answers = Record<string, unknown>;

/** Answers requests under `/api/v1`; `POST /desk/presence` with `undefined` is an answer without a body. */
export function answering(answers: Answers): Asked[] {
  const asked: Asked[] = [];
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input instanceof Request ? input : new URL(String(input), 'http://localhost'), init);
    const path = new URL(request.url).pathname.replace('/api/v1', '');
    const text = await request.text();
    const key = `${request.method} ${path}`;
    asked.push({ method: request.method, path, body: text === '' ? undefined : JSON.parse(text) });
    if (!(key in answers)) {
      return Response.json({ code: 'not_found', message: `There is no ${key}.`, next: 'Look elsewhere.', request_id: 'r1' }, { status: 404 });
    }
    const answer = answers[key];
    if (answer instanceof Response) return answer.clone();
    return answer === undefined ? new Response(null, { status: 204 }) : Response.json(answer);
  });
  return asked;
}

/** Somebody signed in. */
export function person(change: Partial<SessionView>): SessionView {
  return {
    user: 'u1', login: 'claire', name: 'Claire Martin', role: 'agent', language: 'en', client: null, agent: null, csrf: 'token',
    expires: '2030-01-01T00:00:00Z', provider: 'Atlas', zone: 'Europe/Paris', mail_on: false, server_time: new Date().toISOString(), ...change,
  };
}

/** The page at an address, with somebody signed in and the socket in the test's hand. */
export async function open(at: string, me: SessionView, answers: Answers = {}, ways: Partial<HubWays> = {}): Promise<{
  socket: ScriptedSocket; asked: Asked[]; page: RenderResult; all: ScriptedSocket[];
}> {
  queries.clear();
  const asked = answering({ 'GET /session': me, ...answers });
  const { all, make } = sockets();
  const hub = new Hub({ url: 'ws://test', make, tabs: () => ({ post: () => {}, close: () => {} }), hold: (won) => { won(); return () => {}; }, ...ways });
  placeHub(hub);
  const router = makeRouter(createMemoryHistory({ initialEntries: [at] }));
  await router.load();
  const page = render(
    <MantineProvider theme={theme} cssVariablesResolver={variables} env="test">
      <QueryClientProvider client={queries}>
        <Notifications />
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  const [socket] = all;
  if (!socket) throw new Error('the hub opens a socket when it leads');
  await act(async () => socket.welcome());
  return { socket, asked, page, all };
}

/** Lets the server say something and the page show it. */
export async function says(socket: ScriptedSocket, message: LiveMessage): Promise<void> {
  await act(async () => {
    socket.say(message);
    await new Promise((resolve) => requestAnimationFrame(() => resolve(undefined)));
  });
}
