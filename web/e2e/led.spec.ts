// What a caller hears and may press: a call flow into the right queue, announcements while waiting, a callback that keeps the place, a voicemail.
import { expect, test, type Page } from '@playwright/test';

import type { FlowView, LeftMessages } from '../app/api/types';
import { Caller } from './caller';
import { signIn } from './desk';
import { Ear, share, toneFile } from './ear';
import { chatQueue, Office, period } from './office';
import { freePort } from './port';
import { Server } from './server';

const CLIENT = 'Hotel Saint-Roch';
const MENU = '+33123456789';
const PLAIN = '+33123456780';
const SHUT = '+33123456781';
/** What is heard, told apart by its tone. */
const MUSIC = 440;
const WELCOME = 900;
const VOICE = 700;

let server: Server;
let office: Office;
let client: string;
let carrier: number;
let callers: Caller[] = [];
let ears: Ear[] = [];

const FLOW = `
start = "welcome"
person = "reception"

[step.welcome]
kind = "menu"
prompt = "welcome"
keys = { 1 = "number", 2 = "reception" }

[step.number]
kind = "collect"
prompt = "welcome"
into = "booking"
min = 2
max = 6
then = "pin"

[step.pin]
kind = "collect"
prompt = "welcome"
into = "pin"
max = 2
sensitive = true
then = "about"

[step.about]
kind = "set"
request_type = "booking"
then = "sales"

[step.sales]
kind = "queue"
queue = "Sales"

[step.reception]
kind = "queue"
queue = "Reception"
`;

test.beforeAll(async () => {
  server = await Server.start([], {
    PERMANENCE_VOICE_SIP: 'udp://127.0.0.1:0', PERMANENCE_VOICE_RTP_PORTS: 'any', PERMANENCE_VOICE_BROWSER_PORT: '0',
  });
  office = await Office.open(server);
  const pool = await office.pool('Hotel pool');
  const always = await office.calendar('Always');
  // Open on one day of the week that is neither today nor next to it.
  const days = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
  const far = days[(new Date().getUTCDay() + 3) % 7] ?? 'monday';
  const never = await office.calendar('Seldom', { weekly: [{ days: [far], from: '10:00', until: '11:00' }] });
  const made = await office.client(CLIENT);
  client = made.id;
  const queues = ['Reception', 'Sales'].map((name) => chatQueue(name, { channels: ['chat', 'voice'] }));
  await office.contract(client, always.id, [period('Always', { kind: 'always' }, { kind: 'shared', pools: [pool.id] })], { queues, languages: ['en'] });
  const shut = await office.client('Shut House');
  const shutQueue = chatQueue('Desk', { channels: ['chat', 'voice'] });
  await office.contract(shut.id, never.id, [period('Always', { kind: 'always' }, { kind: 'shared', pools: [pool.id] })], { queues: [shutQueue], languages: ['en'] });
  for (const name of ['Anna Roux', 'Ben Weiss']) {
    const channels = [{ channel: 'chat', max: 3 }, { channel: 'voice', max: 1 }, { channel: 'callback', max: 1 }] as const;
    await office.agent(name, { pools: [pool.id], sign_offs: [client, shut.id], channels: [...channels] });
  }
  carrier = await freePort();
  const trunk = { active: true, transport: 'udp', register: false, trusted: true, number_form: 'e164', calls_max: 10, calls_per_second: 10 };
  await office.ask('POST', '/trunks', { ...trunk, name: 'In', server: '', addresses: ['127.0.0.1'], priority: 1 });
  await office.upload(`/clients/${client}/prompts?name=music&language=en`, toneFile(MUSIC, 4));
  await office.upload(`/clients/${client}/prompts?name=welcome&language=en`, toneFile(WELCOME, 3));
  const draft = await office.ask<FlowView>('PUT', `/clients/${client}/flows/main`, { text: FLOW, version: 0 });
  expect(draft.check.faults).toEqual([]);
  await office.ask('POST', `/clients/${client}/flows/main/publish`, { version: draft.version });
  const number = (of: string, at: string, queue: string | undefined, flow: string | null) =>
    office.ask('PUT', `/numbers/${encodeURIComponent(of)}`, { number: of, client: at, label: '', queue, flow, active: true });
  await number(MENU, client, queues[0]?.id, 'main');
  await number(PLAIN, client, queues[0]?.id, null);
  await number(SHUT, shut.id, shutQueue.id, null);
  await office.ask('PUT', `/clients/${client}/voice`, { record: false, ring_s: 1, callback_key: '1', voicemail_key: '2', announce_s: 20, sounds: { music: 'music' } });
  await office.ask('PUT', `/clients/${shut.id}/voice`, { record: false, ring_s: 1, voicemail_closed: true, announce_s: null });
  await office.goLive(client);
  await office.goLive(shut.id);
});

test.afterEach(async () => {
  await Promise.all(callers.map((caller) => caller.vanish()));
  ears.forEach((ear) => ear.close());
  callers = [];
  ears = [];
});

test.afterAll(async () => {
  await office?.close();
  await server?.stop();
});

/** Calls with an ear and a mouth of the test's own. */
async function call(number: string): Promise<{ caller: Caller; ear: Ear }> {
  const ear = await Ear.open(await freePort());
  ears.push(ear);
  const caller = await Caller.listen(server.sip, number, ear.port);
  callers.push(caller);
  return { caller, ear };
}

const heard = (ear: Ear, within = 30_000) => expect.poll(() => ear.hears([MUSIC, WELCOME, 1000]), { timeout: within, intervals: [50] });

async function desk(page: Page, login: string): Promise<void> {
  await signIn(page, server.url, login);
  await page.goto(`${server.url}/desk`);
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await expect(page.getByRole('button', { name: /^Phone: / })).toHaveAccessibleName('Phone: Ready');
  await page.getByRole('button', { name: 'Start, available' }).click();
}

test('keys lead through a menu into the right queue, and what was typed is at the desk', async ({ page }) => {
  test.setTimeout(120_000);
  await desk(page, 'anna');
  const { ear } = await call(MENU);
  await heard(ear).toBe(WELCOME);
  ear.press('14711#99');
  await expect(page.getByRole('region', { name: `Ringing for ${CLIENT}` })).toBeVisible({ timeout: 40_000 });
  await page.keyboard.press('F2');
  const found = page.getByLabel('What the call flow found out');
  await expect(found).toContainText('booking');
  await expect(found).toContainText('4711');
  await expect(found).toContainText('pin');
  await expect(found).not.toContainText('99');
  await expect(page.getByText('Sales').first()).toBeVisible();
  await page.keyboard.press('Shift+F4');
  await page.getByRole('button', { name: 'End the conversation' }).click();
  await page.getByRole('button', { name: 'Finish' }).click();
});

test('a waiting caller hears music and the announcement, asks for a callback by a key, and is called in their place', async ({ page }) => {
  test.setTimeout(240_000);
  // Words are spoken ahead of the calls that hear them: a call that came too early hears music alone.
  const { caller, ear } = await (async () => {
    for (;;) {
      const one = await call(PLAIN);
      await heard(one.ear).toBe(MUSIC);
      const told = await heard(one.ear, 9_000).toBe('other').then(() => true, () => false);
      if (told) return one;
      await one.caller.vanish();
      ears.splice(ears.indexOf(one.ear), 1).forEach((unheard) => unheard.close());
    }
  })();
  await heard(ear).toBe(MUSIC);
  ear.press('1');
  expect(await caller.over()).toBe(0);

  await office.ask('POST', '/trunks', {
    name: 'Out', active: true, server: `127.0.0.1:${carrier}`, addresses: [], transport: 'udp', register: false, trusted: false, number_form: 'e164',
    calls_max: 10, calls_per_second: 10, priority: 0,
  });
  // Whoever vanished is given up once nothing is heard of them; then the callback is first.
  const open = async () => (await office.ask<{ items: { state: string }[] }>('GET', '/reports/contacts?limit=50')).items.filter(({ state }) => state === 'open').length;
  await expect.poll(open, { timeout: 60_000 }).toBe(1);
  const customer = await Caller.answer(carrier);
  callers.push(customer);
  await desk(page, 'ben');
  await expect(page.getByRole('region', { name: `Ringing for ${CLIENT}` })).toBeVisible();
  await page.keyboard.press('F2');
  await page.getByRole('button', { name: 'Call back' }).click();
  await expect(page.getByRole('region', { name: 'Call', exact: true }).getByText('Connected')).toBeVisible();
  await page.keyboard.press('Shift+F4');
  await page.getByRole('button', { name: 'End the conversation' }).click();
  expect(await customer.leave()).toBe(0);
  await page.getByRole('button', { name: 'Finish' }).click();
});

test('a voicemail is left outside the hours, is work with a deadline, and is heard at the desk', async ({ page }) => {
  test.setTimeout(120_000);
  const { caller, ear } = await call(SHUT);
  ear.say(VOICE);
  const open = () => office.ask<LeftMessages>('GET', '/left-messages?open=true');
  await expect.poll(async () => (await open()).items.length, { timeout: 60_000 }).toBe(1);
  // A little more than what makes it one, then the end.
  await expect.poll(() => ear.hears([1000])).toBe('nothing');
  ear.press('#');
  expect(await caller.over()).toBe(0);
  const [left] = (await open()).items;
  expect(left).toMatchObject({ kind: 'voicemail', phone: '+33987654321', client_name: 'Shut House', state: 'open' });
  expect(Date.parse(left?.due ?? '') - Date.parse(left?.at ?? '')).toBe(24 * 3_600_000);

  await signIn(page, server.url, 'anna');
  await page.goto(`${server.url}/left-messages`);
  const player = page.getByLabel('Voicemail of +33987654321');
  await expect(player).toBeVisible();
  const sound = await page.evaluate(async (at) => {
    const file = await (await fetch(at)).arrayBuffer();
    const buffer = await new OfflineAudioContext(1, 1, 8000).decodeAudioData(file);
    return [...buffer.getChannelData(0)];
  }, (await player.getAttribute('src')) ?? '');
  // A second of the caller's voice makes it one.
  expect(sound.length).toBeGreaterThan(8000);
  expect(share(sound.slice(2000, 8000), VOICE)).toBeGreaterThan(0.8);
  await page.getByRole('button', { name: 'Take' }).click();
  await page.getByRole('button', { name: 'Done', exact: true }).click();
  await page.getByRole('textbox', { name: 'How was it answered?' }).fill('Called back, room booked.');
  await page.keyboard.press('Control+Enter');
  await expect.poll(async () => (await open()).items.length).toBe(0);
});
