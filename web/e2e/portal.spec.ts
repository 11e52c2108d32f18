// A client's manager at home: today and the month, the bill and its warning, a contact with its recording, who is on call,
// and the people of the company; the agent at the desk sees who is on call at once.
import { expect, test, type Page } from '@playwright/test';

import type { ContactView } from '../app/api/types';
import { holdsInBothLooks } from './axe';
import { Caller } from './caller';
import { answer, ringing, signIn, write } from './desk';
import { chatQueue, Office, PASSWORD, period } from './office';
import { Server } from './server';
import { Site, Visitor } from './site';

const CLIENT = 'Hotel Saint-Roch';
const NUMBER = '+33123456789';
const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 800 };

/** Keeps how a screen looks, wide and on a telephone, when somebody wants to look. */
async function looks(page: Page, name: string): Promise<void> {
  const folder = process.env['SHOTS'];
  const was = page.viewportSize() ?? DESK;
  for (const [size, view] of [['wide', DESK], ['phone', PHONE]] as const) {
    if (!folder) break;
    // Screens scroll within themselves: a high window shows all of one.
    await page.setViewportSize({ ...view, height: 1600 });
    await page.screenshot({ path: `${folder}/${name}-${size}.png`, fullPage: true });
  }
  await page.setViewportSize(was);
  await holdsInBothLooks(page);
}

test('a client is at home in its portal', async ({ browser }) => {
  test.setTimeout(240_000);
  const [server, site] = [
    await Server.start([], { PERMANENCE_VOICE_SIP: 'udp://127.0.0.1:0', PERMANENCE_VOICE_RTP_PORTS: 'any', PERMANENCE_VOICE_BROWSER_PORT: '0' }),
    await Site.open(),
  ];
  let office: Office | undefined;
  let caller: Caller | undefined;
  const newPage = async (viewport = DESK) => {
    const page = await (await browser.newContext({ viewport })).newPage();
    // What is not there is told where it is missed, not at the end of the whole walk.
    page.setDefaultTimeout(30_000);
    return page;
  };
  try {
    office = await Office.open(server);
    const [pool, always, client] = [await office.pool('Hotel pool'), await office.calendar('Always'), await office.client(CLIENT)];
    const queue = chatQueue('Reception', { channels: ['chat', 'voice'] });
    await office.contract(client.id, always.id, [period('Always', { kind: 'always' }, { kind: 'shared', pools: [pool.id] })], {
      queues: [queue], dispositions: [{ id: crypto.randomUUID(), label: 'Booked' }],
      tariff: {
        currency: 'EUR', terms: '', tax: { name: 'TVA', basis_points: 2000 },
        charges: [{
          name: 'Minutes', price_milli: 120_000, unit: { kind: 'minute', counts: ['talk', 'hold'], first_s: 60, next_s: 60, added_s: 0 },
          bundle: { included: 1, per: 'billing_period', fee_minor: 1500 },
        }],
      } as never, // what is left out has its default
    });
    const anna = await office.agent('Anna Roux', { pools: [pool.id], sign_offs: [client.id], channels: [{ channel: 'chat', max: 3 }, { channel: 'voice', max: 1 }] });
    for (const [login, role] of [['maud', 'client_manager'], ['rita', 'client_reader']]) {
      await office.ask('POST', '/users', { login, name: login === 'maud' ? 'Maud Petit' : 'Rita Blanc', role, client: client.id, agent: null, language: 'en', password: PASSWORD });
    }
    await office.ask('POST', '/trunks', {
      name: 'Carrier', active: true, server: '', transport: 'udp', addresses: ['127.0.0.1'], register: false, trusted: true,
      number_form: 'e164', calls_max: 10, calls_per_second: 10, priority: 0,
    });
    await office.ask('PUT', `/numbers/${encodeURIComponent(NUMBER)}`, { number: NUMBER, client: client.id, label: 'Reception', queue: queue.id, active: true });
    await office.ask('PUT', `/clients/${client.id}/voice`, { record: true, ring_s: 10 });
    site.carry((await office.widget(client.id, [queue.id], [site.origin])).snippet);
    await office.goLive(client.id);

    // A call that is recorded, and a chat.
    const desk = await newPage();
    await signIn(desk, server.url, 'anna');
    await desk.goto(`${server.url}/desk`);
    await desk.getByRole('button', { name: 'Connect', exact: true }).click();
    await expect(desk.getByRole('button', { name: /^Phone: / })).toHaveAccessibleName('Phone: Ready');
    await desk.getByRole('button', { name: 'Start, available' }).click();
    caller = await Caller.call(server.sip, NUMBER);
    await expect(ringing(desk, CLIENT)).toBeVisible();
    await desk.keyboard.press('F2');
    await expect(desk.getByText('Connected')).toBeVisible();
    // Long enough that a part of it can be redacted.
    const provider = office;
    const recorded = async (): Promise<{ recording: string; ms: number }> => {
      const { items: [line] } = await provider.ask<{ items: { contact: string }[] }>('GET', '/reports/contacts?limit=10');
      const contact = line ? await provider.ask<ContactView>('GET', `/contacts/${line.contact}`) : undefined;
      const recording = contact?.call?.recordings[0]?.recording ?? '';
      const peaks = recording ? await provider.ask<{ step_ms: number; customer: number[] }>('GET', `/recordings/${recording}/peaks`) : undefined;
      return { recording, ms: peaks ? peaks.step_ms * peaks.customer.length : 0 };
    };
    await expect.poll(async () => (await recorded()).ms, { timeout: 20_000 }).toBeGreaterThan(2000);
    const { recording } = await recorded();
    await desk.keyboard.press('Shift+F4');
    await desk.getByRole('button', { name: 'End the conversation' }).click();
    expect(await caller.over()).toBe(0);
    const wrapUp = desk.getByRole('form', { name: 'Wrap-up' });
    await wrapUp.getByText('Booked').click();
    await desk.keyboard.press('Control+Enter');
    await expect(desk.getByText('You are available')).toBeVisible();
    const visitor = await new Visitor(await newPage()).lookInside();
    await visitor.open(site.origin);
    await visitor.begin('My room is cold', 'Lou');
    await expect(ringing(desk, CLIENT)).toBeVisible();
    await answer(desk, 'Lou');
    await write(desk, 'Lou', 'Somebody comes at once.');

    // The entrance: today, by hour and by channel; then the month.
    const maud = await newPage();
    await signIn(maud, server.url, 'maud');
    await expect(maud).toHaveURL(/overview/);
    await expect(maud.getByRole('heading', { level: 1, name: CLIENT })).toBeVisible();
    const today = maud.getByLabel('Today', { exact: true }).and(maud.locator('dl'));
    await expect(today).toContainText('Contacts2');
    await expect(today).toContainText('Promised: 70 % within 30 s');
    const channels = maud.getByRole('region', { name: 'By channel' });
    await expect(channels.getByRole('row', { name: /Call/ })).toContainText('100.0%');
    await expect(channels.getByRole('row', { name: /Chat/ })).toBeVisible();
    // The bundle holds one minute, or the month's rest of it, and the call has begun one.
    await expect(maud.getByRole('meter', { name: 'Minutes' })).toHaveAttribute('aria-valuetext', /^1 min of/);
    await expect(maud.getByRole('alert')).toContainText('“Minutes”');
    await looks(maud, 'portal-today');
    await maud.getByRole('radiogroup', { name: 'Covers' }).getByText('This month').click();
    await expect(maud.getByRole('region', { name: 'By day' })).toBeVisible();
    await maud.getByText('In numbers').click();
    await looks(maud, 'portal-month');

    // Contacts: found by channel and recording, each with its way, agents by alias only.
    await maud.getByRole('navigation').getByRole('link', { name: 'Contacts', exact: true }).click();
    const list = maud.getByRole('table');
    await expect(list.getByRole('row')).toHaveCount(3);
    await looks(maud, 'portal-contacts');
    await maud.getByRole('checkbox', { name: 'With a recording' }).check();
    await expect(list.getByRole('row')).toHaveCount(2);
    await expect(list).not.toContainText('Roux');
    await list.getByRole('link').click();
    await expect(maud.getByRole('slider', { name: /Position/ })).toBeVisible();
    await expect(maud.getByText('It was answered.')).toBeVisible();
    await maud.getByRole('button', { name: 'Play' }).click();
    await expect(maud.getByRole('button', { name: 'Pause' })).toBeVisible();
    await looks(maud, 'portal-contact');
    expect(await maud.content()).not.toContain(anna.id);
    expect(await maud.content()).not.toContain('Roux');
    const heard = await office.ask<{ items: { user_name: string }[] }>('GET', '/audit?action=recording.heard');
    expect(heard.items.map(({ user_name }) => user_name)).toEqual(['Maud Petit']);

    // What shall not leave the house: the provider marks it, by mouse and by keyboard, and the client hears silence there.
    const lead = await newPage();
    await signIn(lead, server.url, 'admin');
    await lead.goto(maud.url());
    await lead.getByRole('button', { name: 'Redact a span' }).click();
    const marking = lead.getByRole('form', { name: 'Redact a span' });
    const wave = await lead.getByRole('slider', { name: 'Position' }).boundingBox();
    if (!wave) throw new Error('the waveform has a place');
    await lead.mouse.move(wave.x + wave.width * 0.25, wave.y + 20);
    await lead.mouse.down();
    await lead.mouse.move(wave.x + wave.width * 0.75, wave.y + 30, { steps: 4 });
    await lead.mouse.up();
    await expect(marking.getByLabel('From')).not.toHaveValue('0:00.0');
    await looks(lead, 'redact-marking');
    await marking.getByLabel('From').fill('0:00.4');
    await marking.getByLabel('Until').fill('1');
    await marking.getByLabel('Until').press('Enter');
    const spans = lead.getByRole('list', { name: 'Redacted spans' });
    await expect(spans).toContainText('0:00.4–0:01.0');
    await spans.getByRole('button', { name: 'Let be heard' }).click();
    await expect(spans).toHaveCount(0);
    await lead.getByRole('button', { name: 'Undo' }).last().click();
    await expect(spans).toContainText('0:00.4–0:01.0');
    await looks(lead, 'redact-marked');
    const sound = (page: Page, which = '') => page.evaluate(async (at) => {
      const got = await fetch(at);
      return { status: got.status, bytes: [...new Uint8Array(await got.arrayBuffer())] };
    }, `/api/v1/recordings/${recording}/audio${which}`);
    const [original, heardThere] = [await sound(lead, '?original=true'), await sound(maud)];
    expect([original.status, heardThere.status, (await sound(maud, '?original=true')).status]).toEqual([200, 200, 403]);
    // The header has 58 bytes, a millisecond 16.
    const [from, until] = [58 + 400 * 16, 58 + 1000 * 16];
    expect(heardThere.bytes).toEqual(original.bytes.map((byte, at) => (at >= from && at < until ? 0xff : byte)));
    expect(original.bytes.slice(from, until).some((byte) => byte !== 0xff)).toBe(true);
    // The waveform shows no more than is heard.
    type Peaks = { step_ms: number; customer: number[]; agents: number[] };
    const peaks = (page: Page, which = '') =>
      page.evaluate(async (at) => (await fetch(at)).json() as Promise<Peaks>, `/api/v1/recordings/${recording}/peaks${which}`);
    const [seen, whole] = [await peaks(maud), await peaks(lead, '?original=true')];
    const within = (_: number, at: number) => at * whole.step_ms >= 400 && (at + 1) * whole.step_ms <= 1000;
    for (const side of ['customer', 'agents'] as const) expect(seen[side].filter(within).every((peak) => peak === 0), side).toBe(true);
    expect(whole.customer.concat(whole.agents).some((peak) => peak > 0)).toBe(true);
    expect(seen.customer.length).toBe(whole.customer.length);
    await maud.reload();
    await expect(maud.getByText('redacted', { exact: true })).toBeVisible();
    await expect(maud.getByRole('button', { name: 'Redact a span' })).toHaveCount(0);
    await expect(maud.getByText('Original')).toHaveCount(0);
    await looks(maud, 'portal-redacted');

    // Whoever may hears the original in the player; and taken back, everybody hears everything again.
    const source = lead.locator('audio');
    await expect(source).not.toHaveAttribute('src', /original/);
    await lead.getByRole('radiogroup', { name: 'Version' }).getByText('Original').click();
    await expect(source).toHaveAttribute('src', /original=true$/);
    await lead.getByRole('button', { name: 'Play' }).click();
    await expect(lead.getByRole('button', { name: 'Pause' })).toBeVisible();
    await lead.getByRole('button', { name: 'Pause' }).click();
    await spans.getByRole('button', { name: 'Let be heard' }).click();
    await expect(spans).toHaveCount(0);
    expect((await sound(maud)).bytes).toEqual(original.bytes);

    // Who is on call, on a telephone: the first person, then a change in three touches. The desk sees it at once.
    const phone = await newPage(PHONE);
    await signIn(phone, server.url, 'maud');
    await phone.getByRole('navigation').getByRole('link', { name: 'On call' }).click();
    for (const [name, number] of [['Léa Martin', '+33 6 12 34 56 78'], ['Karim Haddad', '+33 6 87 65 43 21']] as const) {
      await phone.getByRole('button', { name: 'Add a person' }).click();
      await phone.getByLabel('Name').fill(name);
      await phone.getByLabel('Telephone').fill(number);
      await phone.getByRole('button', { name: 'Save' }).click();
      await expect(phone.getByRole('dialog')).toHaveCount(0);
    }
    const atDesk = desk.getByRole('region', { name: 'On call' });
    await expect(atDesk).toContainText('Léa Martin');
    await phone.getByRole('button', { name: 'Change who is on call now' }).click();
    await phone.getByRole('dialog').getByRole('button', { name: 'Karim Haddad' }).click();
    await phone.getByRole('button', { name: 'Tomorrow morning' }).click();
    if (process.env['SHOTS']) await phone.screenshot({ path: `${process.env['SHOTS']}/portal-on-call-change.png` });
    await phone.getByRole('button', { name: 'Save' }).click();
    await expect(phone.getByRole('region', { name: 'On call now' })).toContainText('Karim Haddad');
    await expect(atDesk).toContainText('Karim Haddad');
    await expect(atDesk).not.toContainText('Léa Martin');
    await phone.getByRole('button', { name: 'Undo' }).click();
    await expect(atDesk).toContainText('Léa Martin');
    if (process.env['SHOTS']) await desk.screenshot({ path: `${process.env['SHOTS']}/portal-on-call-desk.png` });
    await looks(phone, 'portal-on-call');

    // The people of the company: a reader is let in, and locked.
    await maud.getByRole('navigation').getByRole('link', { name: 'People' }).click();
    await maud.getByRole('button', { name: 'Let somebody in' }).click();
    const form = maud.getByRole('dialog');
    await form.getByLabel('Name on screens').fill('Paul Noir');
    await form.getByLabel('Name to sign in with').fill('paul');
    await form.getByText('I give a first password').click();
    await form.getByRole('textbox', { name: 'First password' }).fill(PASSWORD);
    await form.getByRole('button', { name: 'Create' }).click();
    await expect(maud.getByRole('table')).toContainText('Paul Noir');
    await looks(maud, 'portal-people');
    const paul = await newPage();
    await signIn(paul, server.url, 'paul');
    await expect(paul.getByRole('heading', { level: 1, name: CLIENT })).toBeVisible();
    // A reader sees no bill.
    await expect(paul.getByRole('navigation').getByRole('link', { name: 'Billing' })).toHaveCount(0);
    await maud.getByRole('button', { name: 'Edit Paul Noir' }).click();
    await maud.getByRole('dialog').getByRole('switch').check({ force: true });
    await maud.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await expect(maud.getByRole('row', { name: /Paul Noir/ })).toContainText('Disabled');
    await paul.reload();
    await expect(paul).toHaveURL(/sign-in/);
  } finally {
    await caller?.vanish();
    await office?.close();
    await Promise.all(browser.contexts().map((context) => context.close()));
    await Promise.all([site.close(), server.stop()]);
  }
});
