// The telephone by its screens alone: the phone of the shift, a call at the desk, a lead beside it, and the recording.
import { expect, test, type Page } from '@playwright/test';

import { Caller } from './caller';
import { signIn } from './desk';
import { chatQueue, Office, period } from './office';
import { Server } from './server';

const CLIENT = 'Hotel Saint-Roch';
const NUMBER = '+33123456789';
let server: Server;
let office: Office;
let callers: Caller[] = [];

test.beforeAll(async () => {
  server = await Server.start([], {
    PERMANENCE_VOICE_SIP: 'udp://127.0.0.1:0', PERMANENCE_VOICE_RTP_PORTS: 'any', PERMANENCE_VOICE_BROWSER_PORT: '0',
  });
  office = await Office.open(server);
  const pool = await office.pool('Hotel pool');
  const always = await office.calendar('Always');
  const client = await office.client(CLIENT);
  const queue = chatQueue('Reception', { channels: ['chat', 'voice'] });
  await office.contract(client.id, always.id, [period('Always', { kind: 'always' }, { kind: 'shared', pools: [pool.id] })], { queues: [queue] });
  await office.agent('Anna Roux', { pools: [pool.id], sign_offs: [client.id], channels: [{ channel: 'chat', max: 3 }, { channel: 'voice', max: 1 }] });
  await office.ask('POST', '/trunks', {
    name: 'Carrier', active: true, server: '', transport: 'udp', addresses: ['127.0.0.1'], register: false, trusted: true,
    number_form: 'e164', calls_max: 10, calls_per_second: 10, priority: 0,
  });
  await office.ask('PUT', `/numbers/${encodeURIComponent(NUMBER)}`, { number: NUMBER, client: client.id, label: 'Reception', queue: queue.id, active: true });
  await office.ask('PUT', `/clients/${client.id}/voice`, { record: true, ring_s: 10 });
  await office.goLive(client.id);
});

test.afterEach(async () => {
  await Promise.all(callers.map((caller) => caller.vanish()));
  callers = [];
});

test.afterAll(async () => {
  await office?.close();
  await server?.stop();
});

const phone = (page: Page) => page.getByRole('button', { name: /^Phone: / });

test('an agent connects the phone, takes a call, and a lead listens without a microphone', async ({ page, browser }) => {
  test.setTimeout(150_000);
  await signIn(page, server.url, 'anna');
  await page.goto(`${server.url}/desk`);
  await expect(phone(page)).toHaveAccessibleName('Phone: Not connected');
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await expect(phone(page)).toHaveAccessibleName('Phone: Ready');
  // Looked at in every frame: the browser's own microphone only beeps now and then.
  await page.waitForFunction(() => Number(document.querySelector('[role=meter]')?.getAttribute('aria-valuenow')) > 5);
  // A reload is no reason to lose the phone.
  await page.reload();
  await expect(phone(page)).toHaveAccessibleName('Phone: Ready');
  await page.getByRole('button', { name: 'Start, available' }).click();

  callers.push(await Caller.call(server.sip, NUMBER));
  await expect(page.getByRole('region', { name: `Ringing for ${CLIENT}` })).toBeVisible();
  await page.keyboard.press('F2');
  const call = page.getByRole('region', { name: 'Call', exact: true });
  await expect(call.getByText('+33987654321')).toBeVisible();
  await expect(call.getByText('Connected')).toBeVisible();
  await expect(call.getByText('Recording', { exact: true })).toBeVisible();
  await expect(page.getByRole('textbox')).toHaveCount(0);

  await page.keyboard.press('F8');
  await expect(call.getByText('You are muted: nobody hears you.')).toBeVisible();
  await page.keyboard.press('F8');
  await expect(call.getByText('You are muted: nobody hears you.')).toBeHidden();
  await page.keyboard.press('Shift+F8');
  await expect(call.getByText('Recording paused')).toBeVisible();
  await page.keyboard.press('Shift+F8');
  await expect(call.getByText('Recording', { exact: true })).toBeVisible();
  await call.getByRole('button', { name: 'Keypad' }).click();
  await expect(page.getByRole('button', { name: '1', exact: true })).toBeFocused();
  await page.keyboard.type('12#');
  await expect(page.getByLabel('Keys pressed')).toHaveText('12#');
  await page.keyboard.press('Escape');

  const lead = await (await browser.newContext()).newPage();
  await lead.addInitScript(() => {
    const asked = { microphone: 0 };
    Object.assign(window, { asked });
    const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = (wanted) => {
      asked.microphone += 1;
      return real(wanted);
    };
  });
  await signIn(lead, server.url, 'admin');
  await lead.goto(`${server.url}/board`);
  await lead.getByText('Anna Roux').click();
  await lead.getByRole('button', { name: 'Listen' }).click();
  await expect(lead.getByText('You listen.')).toBeVisible();
  expect(await lead.evaluate(() => (window as unknown as { asked: { microphone: number } }).asked.microphone)).toBe(0);
  await lead.getByRole('button', { name: 'Whisper' }).click();
  await expect(call.getByText('A lead speaks with you; the customer does not hear it.')).toBeVisible();
  await lead.getByRole('button', { name: 'Close' }).click();
  await expect(call.getByText('A lead speaks with you; the customer does not hear it.')).toBeHidden();

  await page.keyboard.press('Shift+F4');
  await page.getByRole('button', { name: 'End the conversation' }).click();
  await expect(page.getByRole('button', { name: 'Finish' })).toBeVisible();

  await lead.goto(`${server.url}/contacts`);
  await lead.getByRole('row').filter({ has: lead.getByRole('img', { name: 'Call' }) }).getByRole('link').click({ timeout: 15_000 });
  await expect(lead.getByText('The agent hung up after the conversation').first()).toBeVisible();
  await lead.getByRole('button', { name: 'Play' }).click();
  await expect.poll(async () => Number(await lead.getByRole('slider', { name: 'Position' }).getAttribute('aria-valuenow'))).toBeGreaterThan(0);
  await lead.context().close();
});
