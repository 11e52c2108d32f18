// Somebody calls, waits and gives up: work for an agent, until it is done by hand or by itself.
import { readFileSync } from 'node:fs';

import { expect, test } from '@playwright/test';

import { holdsInBothLooks } from './axe';
import { Caller } from './caller';
import { signIn } from './desk';
import { chatQueue, Office, period } from './office';
import { Server } from './server';
import { shot } from './shot';

const CLIENT = 'Hotel Saint-Roch';
const NUMBER = '+33123456789';
const HERS = '+33987654321';
/** The list is looked at every fifteen seconds, the count every thirty. */
const LOOKED = { timeout: 45_000 };

test('a caller who gave up is called back, or excused, and another call of hers is one call back', async ({ page }) => {
  test.setTimeout(240_000);
  const server = await Server.start([], {
    PERMANENCE_VOICE_SIP: 'udp://127.0.0.1:0', PERMANENCE_VOICE_RTP_PORTS: 'any', PERMANENCE_VOICE_BROWSER_PORT: '0',
  });
  const callers: Caller[] = [];
  let office: Office | undefined;
  const leave = async (): Promise<void> => {
    const caller = await Caller.leave(server.sip, NUMBER);
    callers.push(caller);
    expect(await caller.over()).toBe(0);
  };
  try {
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
    await office.ask('PUT', `/clients/${client.id}/voice`, { record: true, ring_s: 30 });
    await office.goLive(client.id);
    await signIn(page, server.url, 'anna');
    await page.goto(`${server.url}/left-messages`);
    await page.getByText(/^Lost contacts/).click();
    await expect(page).toHaveURL(/lost=true/);
    await expect(page.getByText('Nobody waits to be called back')).toBeVisible();
    await shot(page, 'lost-none');

    await leave();
    const row = page.getByRole('article', { name: new RegExp(`\\${HERS}.*${CLIENT}`) });
    await expect(row).toContainText('abandoned', LOOKED);
    await expect(row).toContainText(/waited 0?0:0[6-9]/);
    await expect(page.getByRole('img', { name: '1 open message or lost contact' })).toBeVisible(LOOKED);
    await expect(page.getByText('Lost contacts (1)')).toBeVisible(LOOKED);
    await holdsInBothLooks(page);
    await shot(page, 'lost-open');
    await page.keyboard.press('ArrowDown');
    await expect(row).toBeFocused();
    await page.keyboard.press('t');
    await expect(row).toContainText('Taken · you');
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(row.getByRole('button', { name: 'Take' })).toBeVisible();

    // She calls again and gives up again: one customer, one call back.
    await leave();
    await page.getByText('All', { exact: true }).click();
    await expect(row).toHaveCount(2, LOOKED);
    await expect(row.nth(1)).toContainText('Came again');
    await expect(page.getByText('Lost contacts (1)')).toBeVisible(LOOKED);
    await page.getByLabel('Words, name, address or number').fill('09 87 65 43 21');
    await expect(row).toHaveCount(2);
    await page.getByLabel('Words, name, address or number').fill('999999');
    await expect(page.getByText('Nothing fits these words and days')).toBeVisible();
    await page.getByLabel('Words, name, address or number').fill('');
    await expect(row).toHaveCount(2);

    const latest = row.first();
    await latest.focus();
    await page.keyboard.press('x');
    const why = latest.getByLabel(/Why does nobody need to be reached/);
    await expect(why).toBeFocused();
    await expect(latest.getByRole('button', { name: 'Save as excused' })).toBeDisabled();
    await why.fill('She wrote to us instead.');
    await holdsInBothLooks(page);
    await shot(page, 'lost-why');
    await page.keyboard.press('Control+Enter');
    await expect(latest).toContainText('Excused: She wrote to us instead.');
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(latest).toContainText('Taken · you');
    await latest.getByRole('button', { name: 'Reached' }).click();
    await latest.getByLabel(/What was said/).fill('A room from Friday.');
    await page.keyboard.press('Control+Enter');
    await expect(latest).toContainText('Said: A room from Friday.');
    await holdsInBothLooks(page);
    await shot(page, 'lost-all');

    await page.getByRole('button', { name: 'Export' }).click();
    const download = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: /\.csv/ }).click();
    const table = readFileSync(await (await download).path(), 'utf8').trim().split('\r\n');
    expect(table).toHaveLength(3);
    expect(table[1]).toContain('reached');
    expect(table[2]).toContain('again');
    await page.setViewportSize({ width: 390, height: 844 });
    await shot(page, 'lost-narrow');
  } finally {
    await Promise.all(callers.map((caller) => caller.vanish()));
    await office?.close();
    await server.stop();
  }
});
