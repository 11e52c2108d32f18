// How long the board takes for an update, with 200 agents and 500 contacts on the floor.
//
//     npm run bench --prefix web            (after a build; PERMANENCE_BIN and CHROMIUM as for e2e)
//
// The page is the built one, served by the real server. Its socket is answered inside the page, so
// that what is measured is the page: the JSON of an update parsed, stored, rendered, laid out and
// handed to the compositor. It prints figures and asserts none: machines differ.
import { expect, test } from '@playwright/test';

import type { BoardView, SessionView } from '../app/api/types';
import { Server } from '../e2e/server';

const AGENTS = 200;
const CONTACTS = 500;
/** Of those who wait, the server names at most so many and counts the others. */
const WAITING_SHOWN = 200;
const CLIENTS = 25;
const UPDATES = 100;
const EVERY_MS = 100;

const me: SessionView = {
  user: 'u1', login: 'lena', name: 'Lena Kraft', role: 'shift_lead', language: 'en', client: null, agent: null, csrf: 'token',
  expires: '2099-01-01T00:00:00Z', provider: 'Atlas', zone: 'Europe/Paris', mail_on: false, server_time: new Date().toISOString(),
};

/** A full floor: every agent on a contact, all other contacts waiting. */
function floor(): BoardView {
  const since = new Date(Date.now() - 90_000).toISOString();
  const day = { waiting: 12, talking: 8, offered: 400, answered: 371, abandoned: 22, short_abandoned: 7, overflow_answered: 3, service_level_permille: 853 };
  const clientOf = (i: number): string => `k${i % CLIENTS}`;
  return {
    floor: { waiting: CONTACTS - AGENTS, talking: AGENTS, longest_since: since, offered: 10_000, answered: 9_200, abandoned: 480, short_abandoned: 60, agents_signed_in: AGENTS, agents_available: 0 },
    clients: Array.from({ length: CLIENTS }, (_, i) => ({
      id: `k${i}`, name: `Client ${i}`, initials: `C${i % 10}`, hue: (i * 37) % 360, model: 'shared', period: 'day', service: 'shared', open: true,
      target_percent: 70, threshold_s: 30, formula: 'of_offered', day,
    })),
    queues: Array.from({ length: CLIENTS }, (_, i) => ({ id: `q${i}`, client: `k${i}`, name: 'Support', day, agents_staffed: 8, agents_available: 0 })),
    agents: Array.from({ length: AGENTS }, (_, i) => ({
      id: `a${i}`, name: `Agent ${String(i).padStart(3, '0')}`, state: { kind: 'talking', since }, pools: ['p1'], points_used: 33, answered: 20, missed: 1,
      contacts: [{ contact: `c${i}`, client: clientOf(i), channel: 'chat', since, state: 'talking', over_limit: false }],
    })),
    waiting: Array.from({ length: WAITING_SHOWN }, (_, i) => ({
      id: `w${i}`, client: clientOf(i), queue: `q${i % CLIENTS}`, channel: 'chat', language: 'fr', since, breaches_at: since, offers: 0, overflow: false, for_opening: false,
    })),
  };
}

type Sample = { parsed: number; frame: number };
declare global {
  interface Window { boardBench: { samples: Sample[]; gaps: number[]; update(text: string): Promise<void> } }
}

test('an update of the board', async ({ page }) => {
  test.setTimeout(120_000);
  const server = await Server.start();
  try {
    const view = floor();
    await page.route(/\/api\/v1\//, (route) =>
      new URL(route.request().url()).pathname === '/api/v1/session' ? route.fulfill({ json: me }) : route.fulfill({ json: [] }));
    await page.addInitScript(({ snapshot, now }) => {
      /** The server's side of the socket. */
      class Socket extends EventTarget {
        static readonly OPEN = 1;
        readyState = 1;
        constructor() {
          super();
          setTimeout(() => this.say({ type: 'welcome', server_time: now, epoch: 'e1', heartbeat_ms: 60_000, dead_after_ms: 120_000 }));
        }
        send(text: string): void {
          if (text.includes('"board"')) setTimeout(() => this.say({ type: 'snapshot', seq: 1, view: { topic: 'board', data: snapshot } }));
          window.boardBench.update = (update) => this.measured(update);
        }
        say(message: unknown): void {
          this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }));
        }
        /** From the bytes of an update to the end of the frame that shows it. */
        measured(update: string): Promise<void> {
          return new Promise((done) => {
            let begun = 0;
            const { port1, port2 } = new MessageChannel();
            port1.addEventListener('message', () => {
              window.boardBench.samples.push({ parsed, frame: performance.now() - begun });
              done();
            });
            port1.start();
            // Asked for before the page asks, so it runs first in the frame; the message comes after the frame.
            requestAnimationFrame(() => {
              begun = performance.now();
              port2.postMessage(undefined);
            });
            const heard = performance.now();
            this.dispatchEvent(new MessageEvent('message', { data: update }));
            const parsed = performance.now() - heard;
          });
        }
        close(): void {
          this.readyState = 3;
        }
      }
      window.boardBench = { samples: [], gaps: [], update: () => Promise.reject(new Error('the page has not subscribed')) };
      Object.assign(window, { WebSocket: Socket });
      let last = performance.now();
      const tick = (at: number): void => {
        window.boardBench.gaps.push(at - last);
        last = at;
        requestAnimationFrame(tick);
      };
      requestAnimationFrame(tick);
    }, { snapshot: view, now: me.server_time });

    await page.setViewportSize({ width: 1600, height: 950 });
    await page.goto(`${server.url}/board`);
    await expect(page.getByRole('row', { name: /Agent 000/ }).first()).toBeVisible();

    const run = async (changedAgents: number, changedContacts: number): Promise<{ bytes: number; samples: Sample[]; gaps: number[] }> => {
      const updates = Array.from({ length: UPDATES }, (_, i) => {
        const since = new Date(Date.now() - i * 1000).toISOString();
        const some = <T,>(rows: readonly T[], many: number): T[] => Array.from({ length: many }, (_row, k) => rows[(i * many + k) % rows.length] as T); // within its length
        return {
          floor: { ...view.floor, offered: view.floor.offered + i },
          agents: some(view.agents, changedAgents).map((agent) => ({ ...agent, answered: agent.answered + i, state: { kind: i % 2 ? 'wrap_up' : 'talking', since } })),
          waiting: some(view.waiting, changedContacts).map((contact) => ({ ...contact, offers: i, overflow: i % 2 === 0 })),
          clients: view.clients.slice(0, 3).map((client) => ({ ...client, day: { ...client.day, offered: client.day.offered + i } })),
        };
      });
      return page.evaluate(async ([all, every]) => {
        const bench = window.boardBench;
        bench.samples.length = 0;
        bench.gaps.length = 0;
        const state = bench as unknown as { seq?: number };
        for (const data of all) {
          state.seq = (state.seq ?? 1) + 1;
          await bench.update(JSON.stringify({ type: 'delta', seq: state.seq, change: { topic: 'board', data } }));
          await new Promise((next) => setTimeout(next, every));
        }
        return { bytes: JSON.stringify(all[0]).length, samples: [...bench.samples], gaps: [...bench.gaps] };
      }, [updates, EVERY_MS] as const);
    };

    const at = (values: number[], share: number): string => {
      const sorted = [...values].sort((a, b) => a - b);
      return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(1);
    };
    const line = (name: string, values: number[]): string =>
      `  ${name.padEnd(34)} p50 ${at(values, 0.5).padStart(6)}   p95 ${at(values, 0.95).padStart(6)}   p99 ${at(values, 0.99).padStart(6)}   max ${at(values, 1).padStart(6)} ms\n`;
    for (const [name, agents, contacts] of [['20 agents and 10 contacts change', 20, 10], ['every row changes', AGENTS, WAITING_SHOWN]] as const) {
      const { bytes, samples, gaps } = await run(agents, contacts);
      expect(samples).toHaveLength(UPDATES);
      await expect(page.getByText(String(view.floor.offered + UPDATES - 1).replace(/(\d)(?=(\d{3})+$)/g, '$1,')).first()).toBeVisible();
      const whole = samples.map(({ parsed, frame }) => parsed + frame);
      process.stdout.write(
        `\n${AGENTS} agents, ${CONTACTS} contacts; ${name}, ${1000 / EVERY_MS} times a second, ${(bytes / 1000).toFixed(1)} kB each\n` +
          line('parse and store', samples.map(({ parsed }) => parsed)) + line('the frame that shows it', samples.map(({ frame }) => frame)) +
          line('together (a frame has 16.7)', whole) + line('between any two frames', gaps) +
          `  updates beyond one frame's time      ${whole.filter((ms) => ms > 1000 / 60).length} of ${UPDATES}\n`,
      );
    }
  } finally {
    await server.stop();
  }
});
