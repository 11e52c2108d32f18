// Calls that go on with somebody else, and a recording that was left paused: the desk and the board by their screens, the caller by the sound.
import { expect, test, type Browser, type Page } from '@playwright/test';

import type { ClientView, UserView } from '../app/api/types';
import { Caller } from './caller';
import { signIn } from './desk';
import { Ear } from './ear';
import { chatQueue, Office, period } from './office';
import { freePort } from './port';
import { Server } from './server';
import { shot } from './shot';

const CLIENT = 'Hotel Saint-Roch';
const NUMBER = '+33123456789';
const EXPERT = '+33455555555';
/** What the caller says; whoever is passed on to echoes it. */
const VOICE = 700;
/** What rings at the other side. */
const RINGBACK = 425;

let server: Server;
let office: Office;
let client: ClientView;
let carrier: number;
let callers: Caller[] = [];
let ears: Ear[] = [];

test.beforeAll(async () => {
  server = await Server.start([], {
    PERMANENCE_VOICE_SIP: 'udp://127.0.0.1:0', PERMANENCE_VOICE_RTP_PORTS: 'any', PERMANENCE_VOICE_BROWSER_PORT: '0',
  });
  office = await Office.open(server);
  const pool = await office.pool('Hotel pool');
  const always = await office.calendar('Always');
  client = await office.client(CLIENT);
  const queue = chatQueue('Reception', { channels: ['chat', 'voice'], wrap_up: { kind: 'none' } });
  await office.contract(client.id, always.id, [period('Always', { kind: 'always' }, { kind: 'shared', pools: [pool.id] })], { queues: [queue], pause_max_s: 10 });
  // Whose browser is closed stays on shift for a while: each test has people of its own.
  for (const name of ['Anna Roux', 'Ben Weiss', 'Carla Diaz', 'Dora Klein']) {
    await office.agent(name, { pools: [pool.id], sign_offs: [client.id], channels: [{ channel: 'chat', max: 3 }, { channel: 'voice', max: 1 }] });
  }
  // A lead who has a desk of his own.
  const users = await office.ask<{ items: UserView[] }>('GET', '/users');
  const ben = users.items.find(({ login }) => login === 'ben');
  await office.ask('PUT', `/users/${ben?.id}`, { ...ben, role: 'team_lead' });
  carrier = await freePort();
  await office.ask('POST', '/trunks', {
    name: 'Carrier', active: true, server: `127.0.0.1:${carrier}`, transport: 'udp', addresses: ['127.0.0.1'], register: false, trusted: true,
    number_form: 'e164', calls_max: 10, calls_per_second: 10, priority: 0,
  });
  await office.ask('PUT', `/numbers/${encodeURIComponent(NUMBER)}`, { number: NUMBER, client: client.id, label: 'Reception', queue: queue.id, active: true });
  await office.ask('PUT', `/clients/${client.id}/voice`, { record: true, ring_s: 10, announce_s: null });
  await office.goLive(client.id);
});

test.afterEach(async () => {
  await Promise.all(callers.map((caller) => caller.vanish()));
  ears.forEach((ear) => ear.close());
  [callers, ears] = [[], []];
});

test.afterAll(async () => {
  await office?.close();
  await server?.stop();
});

/** Calls with an ear and a mouth of the test's own. */
async function call(): Promise<Ear> {
  const ear = await Ear.open(await freePort());
  ears.push(ear);
  callers.push(await Caller.listen(server.sip, NUMBER, ear.port));
  ear.say(VOICE);
  return ear;
}

async function desk(browser: Browser, login: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await signIn(page, server.url, login);
  await page.goto(`${server.url}/desk`);
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await expect(page.getByRole('button', { name: /^Phone: / })).toHaveAccessibleName('Phone: Ready');
  await page.getByRole('button', { name: 'Start, available' }).click();
  return page;
}

const panel = (page: Page) => page.getByRole('region', { name: 'Call', exact: true });

async function answers(page: Page): Promise<void> {
  await expect(page.getByRole('region', { name: `Ringing for ${CLIENT}` })).toBeVisible({ timeout: 40_000 });
  await page.keyboard.press('F2');
  await expect(panel(page).getByText('Connected')).toBeVisible();
}

async function ends(page: Page): Promise<void> {
  await page.keyboard.press('Shift+F4');
  await page.getByRole('button', { name: 'End the conversation' }).click();
  await expect(panel(page)).toBeHidden();
}

test('a lead takes a call over from the board, and it is on the lead’s desk', async ({ browser }) => {
  test.setTimeout(150_000);
  const anna = await desk(browser, 'anna');
  await call();
  await answers(anna);
  const ben = await desk(browser, 'ben');
  await ben.goto(`${server.url}/board`);
  await ben.getByText('Anna Roux').click();
  // The header is whole beside the phone and the presence.
  await expect(ben.getByRole('button', { name: /^Phone: / })).toBeVisible();
  await shot(ben, 'board-lead-1280');
  await expect(ben.getByText('From customer')).toBeVisible({ timeout: 30_000 });
  await shot(ben, 'board-agent-sound');
  await ben.getByRole('button', { name: 'Take over' }).click();
  await expect(panel(ben).getByText('Connected')).toBeVisible();
  await expect(panel(anna)).toBeHidden();
  await ends(ben);
  await Promise.all([anna, ben].map((page) => page.context().close()));
});

test('a customer is passed on at once: hears it ring there, then whoever answers', async ({ browser }) => {
  test.setTimeout(150_000);
  const carla = await desk(browser, 'carla');
  const ear = await call();
  await answers(carla);
  const expert = await Caller.answer(carrier);
  callers.push(expert);
  await panel(carla).getByRole('button', { name: 'Call outside' }).click();
  const outside = carla.getByRole('dialog', { name: 'Call outside' });
  await expect(outside).toContainText('The customer hears music meanwhile.');
  await expect(outside).toContainText('the customer hears it ring');
  await outside.getByLabel('Number').fill(EXPERT);
  await shot(carla, 'desk-call-outside');
  await outside.getByRole('button', { name: 'Pass on at once' }).click();
  await expect(panel(carla)).toBeHidden();
  // Their own voice comes back from there.
  await expect.poll(() => ear.hears([VOICE, RINGBACK]), { timeout: 30_000, intervals: [50] }).toBe(VOICE);
  await Promise.all(callers.splice(0, 1).map((caller) => caller.vanish()));
  await carla.context().close();
});

test('a recording that was left paused is told at the desk and on the board, until it goes on', async ({ browser }) => {
  test.setTimeout(150_000);
  const dora = await desk(browser, 'dora');
  const lead = await (await browser.newContext()).newPage();
  await signIn(lead, server.url, 'admin');
  await lead.goto(`${server.url}/board`);
  await call();
  await answers(dora);
  await dora.keyboard.press('Shift+F8');
  await expect(panel(dora).getByText('Recording paused')).toBeVisible();
  // The contract lets it pause for ten seconds.
  await expect(panel(dora).getByRole('alert')).toBeVisible({ timeout: 30_000 });
  await shot(dora, 'desk-pause-left-open');
  const alerts = lead.getByRole('alert', { name: 'To look at now' });
  await expect(alerts).toContainText('A recording was left paused at the desk of Dora Klein.');
  await shot(lead, 'board-alert');
  await alerts.getByRole('button', { name: 'Look' }).click();
  await expect(lead.getByRole('heading', { name: 'Dora Klein' })).toBeVisible();
  await dora.keyboard.press('Shift+F8');
  // Other alerts may stay: nobody answers at the carrier between tests.
  await expect(alerts).not.toContainText('A recording was left paused');
  await expect(panel(dora).getByRole('alert')).toBeHidden();
  await ends(dora);
  await Promise.all([dora, lead].map((page) => page.context().close()));
});
