// What an hour costs is said, and a client's margin is there with its parts; then its month under another tariff; and when
// the month is over it stands beside the next one, and is a file.
import { readFile } from 'node:fs/promises';

import { expect, test } from '@playwright/test';

import { holdsInBothLooks } from './axe';
import { answer, ringing, signIn, startShift, write } from './desk';
import { chatQueue, midNextMonth, Office, period } from './office';
import { Server } from './server';
import { Site, Visitor } from './site';

const CLIENT = 'Hotel Saint-Roch';

/** The number in what a screen says, such as €1,234.50 or -3.0%. */
const read = (text: string): number => Number(text.replace('−', '-').replace(/[^\d.-]/g, ''));

test('a chat becomes revenue and cost, and is rated under another tariff', async ({ browser }) => {
  test.setTimeout(240_000);
  const [server, site] = [await Server.start(), await Site.open()];
  let office: Office | undefined;
  const newPage = async () => (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  const shots = process.env['SHOTS'];
  try {
    office = await Office.open(server);
    const [pool, always, client] = [await office.pool('Hotel pool'), await office.calendar('Always'), await office.client(CLIENT)];
    const tunis = await office.ask<{ id: string }>('POST', '/sites', { name: 'Tunis' });
    const queue = chatQueue('Reception');
    await office.contract(client.id, always.id, [period('Always', { kind: 'always' }, { kind: 'shared', pools: [pool.id] })], {
      queues: [queue], dispositions: [{ id: crypto.randomUUID(), label: 'Booked' }],
      tariff: {
        currency: 'EUR', terms: '', charges: [{ name: 'Chats', price_milli: 175_000, unit: { kind: 'minute', counts: ['talk', 'hold'], first_s: 60, next_s: 60 } }],
        fees: [{ name: 'Number', quantity: 1, price_minor: 900, when: 'once' }],
      },
    });
    await office.agent('Anna Roux', { pools: [pool.id], sign_offs: [client.id], site: tunis.id });
    site.carry((await office.widget(client.id, [queue.id], [site.origin])).snippet);
    await office.goLive(client.id);
    const anna = await newPage();
    await startShift(anna, server.url, 'anna');
    const visitor = await new Visitor(await newPage()).lookInside();
    await visitor.open(site.origin);
    await visitor.begin('My room is cold', 'Lou');
    await expect(ringing(anna, CLIENT)).toBeVisible();
    await answer(anna, 'Lou');
    await write(anna, 'Lou', 'Somebody comes at once.');
    await anna.keyboard.press('Shift+F4');
    await anna.getByRole('button', { name: 'End the conversation' }).click();
    await anna.getByRole('form', { name: 'Wrap-up' }).getByText('Booked').click();
    await anna.keyboard.press('Control+Enter');
    await expect(anna.getByText('You are available')).toBeVisible();

    // Revenue and hours, but no cost yet.
    const owner = await newPage();
    await signIn(owner, server.url, 'admin');
    await owner.goto(`${server.url}/admin/clients`);
    await owner.getByRole('navigation', { name: 'Administration' }).getByRole('link', { name: 'Margins' }).click();
    await expect(owner.getByText('Nobody has said yet what an hour costs.')).toBeVisible();
    const table = owner.getByRole('table', { name: 'Clients' });
    await expect(table.getByRole('row', { name: CLIENT })).toContainText('€10.75');

    // What is impossible is refused in words beside its field; what is possible is kept.
    await owner.getByLabel('A paid hour', { exact: true }).fill('24');
    await owner.getByLabel('Paid time that is no time at work').fill('28');
    await owner.getByLabel('Currency').fill('EURO'.slice(0, 2));
    await owner.getByRole('button', { name: 'Save' }).click();
    await expect(owner.getByText('`EU` is no currency.')).toBeVisible();
    await owner.getByLabel('Currency').fill('EUR');
    await owner.getByLabel('A paid hour in Tunis').fill('900');
    await owner.getByRole('button', { name: 'Save' }).click();
    await expect(owner.getByText('Saved: the margins are computed with it.')).toBeVisible();
    await table.getByRole('button', { name: CLIENT }).click();
    await expect(table).toContainText('at €900.00 a paid hour');
    await expect(table).toContainText('Tunis');
    await expect(owner.getByRole('img', { name: /For each client two bars/ })).toBeVisible();
    await holdsInBothLooks(owner);
    if (shots) await owner.screenshot({ path: `${shots}/margins-1280.png`, fullPage: true });
    await owner.setViewportSize({ width: 390, height: 844 });
    if (shots) await owner.screenshot({ path: `${shots}/margins-390.png`, fullPage: true });
    await owner.setViewportSize({ width: 1280, height: 800 });
    // The place is in the address: a search is there again after a reload.
    await owner.getByRole('searchbox', { name: 'Find a client' }).fill('nobody of that name');
    await expect(owner.getByText('No client is like this')).toBeVisible();
    await owner.reload();
    await expect(owner.getByText('No client is like this')).toBeVisible();

    // The same month by the piece.
    await owner.goto(`${server.url}/admin/clients/${client.id}/billing`);
    await owner.getByRole('radiogroup', { name: 'Billing' }).getByText('Another tariff').click();
    await owner.getByText('Write the other tariff').click();
    const other = owner.getByRole('region', { name: 'Tariff', exact: true });
    await other.getByLabel('Price of a minute').fill('');
    await other.getByLabel('Price of a minute').fill('3.5');
    await owner.getByRole('button', { name: 'Compare' }).click();
    await expect(owner.getByRole('table', { name: 'Comparison' })).toContainText('€3.50');
    await expect(owner.getByRole('table', { name: 'Contacts side by side' })).toContainText('The unit has another price.');
    await holdsInBothLooks(owner);
    await owner.getByText('Write the other tariff').click();
    if (shots) await owner.screenshot({ path: `${shots}/rerate-1280.png`, fullPage: true });
    await owner.setViewportSize({ width: 390, height: 844 });
    if (shots) await owner.screenshot({ path: `${shots}/rerate-390.png`, fullPage: true });
    await owner.setViewportSize({ width: 1280, height: 800 });

    // By the prices of a trade's template, to which its minimum belongs.
    await owner.getByRole('combobox', { name: 'The other tariff' }).click();
    await owner.getByRole('option', { name: 'A trade’s template' }).click();
    await expect(owner.getByRole('button', { name: 'Compare' })).toBeDisabled();
    await owner.getByRole('combobox', { name: 'Trade' }).click();
    await owner.getByRole('option', { name: 'Law office' }).click();
    await owner.getByRole('button', { name: 'Compare' }).click();
    await expect(owner.getByRole('table', { name: 'Contacts side by side' })).toContainText('It is counted in another unit.');
    const would = owner.getByRole('table', { name: 'Under the other tariff' });
    await expect(would.getByRole('row', { name: /Chats/ })).toContainText('€2.50');
    await expect(would.getByRole('row', { name: /Up to the minimum/ })).toContainText('€46.50');
    await owner.getByText('The other tariff in words').click();
    await expect(owner.getByRole('region', { name: 'Comparison' }).getByText('Chats: €2.50 a contact')).toBeVisible();
  } finally {
    await office?.close();
    await Promise.all(browser.contexts().map((context) => context.close()));
    await Promise.all([site.close(), server.stop()]);
  }
});

test('a month that is over stands beside the next one, and says the same as a file', async ({ browser }) => {
  test.setTimeout(180_000);
  const server = await Server.start(['--test-clock']);
  const shots = process.env['SHOTS'];
  let office: Office | undefined;
  try {
    office = await Office.open(server);
    const [pool, always, client] = [await office.pool('Hotel pool'), await office.calendar('Always'), await office.client(CLIENT)];
    const queue = chatQueue('Reception');
    await office.contract(client.id, always.id, [period('Always', { kind: 'always' }, { kind: 'shared', pools: [pool.id] })], {
      queues: [queue], tariff: { currency: 'EUR', terms: '', charges: [], fees: [{ name: 'Number', quantity: 1, price_minor: 900, when: 'once' }] },
    });
    const costs = await office.ask<object>('GET', '/agent-costs');
    await office.ask('PUT', '/agent-costs', { ...costs, agent_hour_minor: 2400, shrinkage_permille: 280, currency: 'EUR' });
    await office.agent('Anna Roux', { pools: [pool.id], sign_offs: [client.id] });
    await office.widget(client.id, [queue.id], ['https://hotel.example']);
    await office.goLive(client.id);
    const newPage = async () => (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
    await startShift(await newPage(), server.url, 'anna');
    await server.moveTo(midNextMonth());
    const owner = await newPage();
    await signIn(owner, server.url, 'admin');
    await owner.goto(`${server.url}/admin/margins`);
    await owner.getByRole('region', { name: 'Twelve months' }).getByText('In numbers').click();
    const months = owner.getByRole('table', { name: 'Twelve months' }).getByRole('row');
    await expect(months).toHaveCount(3);
    await expect(months.nth(2)).toContainText('So far');
    const [month = '', ...sums] = await months.nth(1).getByRole('cell').allTextContents();
    expect(sums[0]).toBe('€9.00');
    await holdsInBothLooks(owner);
    if (shots) await owner.screenshot({ path: `${shots}/margins-trend-1280.png`, fullPage: true });
    await owner.getByRole('combobox', { name: 'Month' }).click();
    await owner.getByRole('option', { name: month }).click();
    const totals = owner.getByRole('region', { name: month });
    await expect(totals.locator('dd')).toHaveText(sums);
    const [file] = await Promise.all([owner.waitForEvent('download'), owner.getByRole('button', { name: 'As a table' }).click()]);
    expect(file.suggestedFilename()).toMatch(/^margins-\d{4}-\d\d\.csv$/);
    const [head = [], ...lines] = (await readFile(await file.path(), 'utf8')).trimEnd().split('\r\n').map((line) => line.split(','));
    const line = lines.find((one) => one[head.indexOf('name')] === `"${CLIENT}"`) ?? [];
    const cells = await owner.getByRole('table', { name: 'Clients' }).getByRole('row', { name: CLIENT }).getByRole('cell').allTextContents();
    const shown = cells.slice(1).map(read);
    const kept = ['revenue', 'cost', 'margin', 'margin_percent', 'worked_hours', 'waiting_hours'].map((column) => Number(line[head.indexOf(column)]));
    // Amounts and the share are the same; hours are written finer than they are shown.
    expect(kept.slice(0, 4)).toEqual(shown.slice(0, 4));
    for (const at of [4, 5]) expect(Math.abs((kept[at] ?? 0) - (shown[at] ?? -1))).toBeLessThanOrEqual(0.5);
    expect(kept[0]).toBe(9);
    expect(line[head.indexOf('fees')]).toBe('9.00');
    // Nobody was answered, so the waiting is nobody's: its row and the sum are the same as well.
    await expect(owner.getByRole('table', { name: 'Clients' }).getByRole('row', { name: /^For nobody/ })).toContainText(sums[1] ?? '');
    expect(lines.map((one) => one[head.indexOf('cost')]).reduce((sum, cost) => sum + Math.round(Number(cost) * 100), 0)).toBe(Math.round(read(sums[1] ?? '') * 100));
  } finally {
    await office?.close();
    await Promise.all(browser.contexts().map((context) => context.close()));
    await server.stop();
  }
});
