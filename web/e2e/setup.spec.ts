// A client is made of a template in three steps, goes live, and takes its first chat and its first call through the menu;
// others come from a table, and so do their people.
import { readFile } from 'node:fs/promises';

import { expect, test, type Page } from '@playwright/test';

import { holdsInBothLooks } from './axe';
import { Caller } from './caller';
import { answer, ringing, signIn, startShift, write } from './desk';
import { Ear } from './ear';
import { Office, PASSWORD } from './office';
import { freePort } from './port';
import { Post } from './post';
import { Server } from './server';
import { Visitor } from './site';

const CLIENT = 'Cabinet du Port';
const shots = process.env['SHOTS'];

test('from a trade to a first test chat', async ({ browser }) => {
  test.setTimeout(180_000);
  const server = await Server.start();
  let office: Office | undefined;
  const newPage = async () => (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
  try {
    office = await Office.open(server);
    const pool = await office.pool('Reception pool');
    await office.agent('Anna Roux', { pools: [pool.id] });
    const owner = await newPage();
    await signIn(owner, server.url, 'admin');
    await owner.goto(`${server.url}/admin/clients`);
    await owner.getByRole('link', { name: 'From a template' }).click();
    await expect(owner.getByRole('radio')).toHaveCount(5);
    await expect(owner.getByRole('button', { name: 'Continue' })).toBeDisabled();
    await owner.getByRole('radio', { name: 'Medical practice' }).click();
    await holdsInBothLooks(owner);
    if (shots) await owner.screenshot({ path: `${shots}/setup-trade-1280.png` });
    await owner.getByRole('button', { name: 'Continue' }).click();

    await expect(owner.getByRole('heading', { name: 'Who is it, and when?' })).toBeFocused();
    await owner.getByLabel('Name', { exact: true }).fill(CLIENT);
    await owner.getByRole('textbox', { name: 'From' }).first().fill('00:00');
    await owner.getByRole('textbox', { name: 'Until' }).first().fill('25');
    await owner.getByRole('button', { name: 'Continue' }).click();
    await owner.getByRole('combobox', { name: 'Pool that answers' }).click();
    await owner.getByRole('option', { name: 'Reception pool' }).click();
    await owner.getByRole('combobox', { name: 'Agents signed off for it' }).click();
    await owner.getByRole('option', { name: 'Anna Roux' }).click();
    await owner.keyboard.press('Escape');
    await expect(owner.getByText('Calls: €1.25 a minute')).toBeVisible();
    await holdsInBothLooks(owner);
    if (shots) await owner.screenshot({ path: `${shots}/setup-people-1280.png` });
    // What is wrong leads back to its step, in words beside the field.
    await owner.getByRole('button', { name: 'Set everything up' }).click();
    await expect(owner.getByRole('heading', { name: 'Who is it, and when?' })).toBeFocused();
    await owner.getByRole('button', { name: 'Day and night' }).click();
    await owner.getByRole('button', { name: 'Continue' }).click();
    await owner.getByRole('button', { name: 'Set everything up' }).click();

    // The checklist is done, so it goes live and is tried.
    await expect(owner.getByRole('heading', { name: `${CLIENT} is set up` })).toBeVisible();
    await holdsInBothLooks(owner);
    if (shots) await owner.screenshot({ path: `${shots}/setup-ready-1280.png` });
    await owner.setViewportSize({ width: 390, height: 844 });
    if (shots) await owner.screenshot({ path: `${shots}/setup-ready-390.png` });
    await owner.setViewportSize({ width: 1280, height: 900 });
    // A reload finds the same place.
    await owner.reload();
    await owner.getByRole('button', { name: 'Go live' }).click();
    await expect(owner.getByText(`${CLIENT} is live`)).toBeVisible();
    const page = await owner.getByRole('link', { name: /Test page/ }).getAttribute('href');

    const anna = await newPage();
    await startShift(anna, server.url, 'anna');
    const visitor = await new Visitor(await newPage()).lookInside();
    await visitor.open(server.url + (page ?? ''));
    await visitor.begin('I need an appointment', 'Lou');
    await expect(ringing(anna, CLIENT)).toBeVisible();
    await answer(anna, 'Lou');
    await expect(anna.getByText('Surname, first name, date of birth, telephone.')).toBeVisible();
    await write(anna, 'Lou', 'Good day, which day suits you?');
    await expect(visitor.chat.getByRole('log')).toContainText('which day suits you?');
  } finally {
    await office?.close();
    await Promise.all(browser.contexts().map((context) => context.close()));
    await server.stop();
  }
});

test('a first call comes in on a trunk, through the menu of the trade', async ({ browser }) => {
  test.setTimeout(240_000);
  const server = await Server.start([], { PERMANENCE_VOICE_SIP: 'udp://127.0.0.1:0', PERMANENCE_VOICE_RTP_PORTS: 'any', PERMANENCE_VOICE_BROWSER_PORT: '0' });
  let office: Office | undefined;
  let caller: Caller | undefined;
  let ear: Ear | undefined;
  const newPage = async () => (await browser.newContext({ viewport: { width: 1280, height: 1200 } })).newPage();
  try {
    office = await Office.open(server);
    const pool = await office.pool('Reception pool');
    await office.agent('Anna Roux', { pools: [pool.id], channels: [{ channel: 'chat', max: 3 }, { channel: 'voice', max: 1 }] });
    await office.ask('POST', '/trunks', {
      name: 'Carrier', active: true, server: '', transport: 'udp', addresses: ['127.0.0.1'], register: false, trusted: true,
      number_form: 'e164', calls_max: 10, calls_per_second: 10, priority: 0,
    });
    const owner = await newPage();
    await signIn(owner, server.url, 'admin');
    await owner.goto(`${server.url}/admin/set-up`);
    await owner.getByRole('radio', { name: 'Medical practice' }).click();
    await owner.getByRole('button', { name: 'Continue' }).click();
    await owner.getByLabel('Name', { exact: true }).fill(CLIENT);
    await owner.getByRole('button', { name: 'Day and night' }).click();
    await owner.getByRole('button', { name: 'Continue' }).click();
    await owner.getByRole('combobox', { name: 'Pool that answers' }).click();
    await owner.getByRole('option', { name: 'Reception pool' }).click();
    await owner.getByRole('combobox', { name: 'Agents signed off for it' }).click();
    await owner.getByRole('option', { name: 'Anna Roux' }).click();
    await owner.keyboard.press('Escape');
    await owner.getByRole('button', { name: 'Set everything up' }).click();
    await owner.getByRole('button', { name: 'Go live' }).click();
    await expect(owner.getByText(`${CLIENT} is live`)).toBeVisible();
    const points = owner.getByRole('list', { name: 'Set-up checklist' });
    await expect(points).toContainText('is heard once a number leads to it');

    // The number first: its callers would miss the menu, which the list says. Then the menu, which takes the number in.
    await owner.getByRole('textbox', { name: 'Number' }).fill('+33199000007');
    await owner.getByRole('button', { name: 'Give the client this number' }).click();
    await expect(owner.getByText('Call +33199000007 from any telephone')).toBeVisible();
    await expect(points).toContainText('is a draft, so callers do not hear it');
    await holdsInBothLooks(owner);
    if (shots) await owner.screenshot({ path: `${shots}/setup-call-1280.png`, fullPage: true });
    await owner.getByRole('button', { name: 'Have it spoken and switch the menu on' }).click();
    await expect(owner.getByText('Callers hear the menu.')).toBeVisible({ timeout: 60_000 });
    await expect(points).toContainText('1 number(s) lead through a menu.');
    await owner.reload();
    await expect(owner.getByText('Callers hear the menu.')).toBeVisible();

    const anna = await newPage();
    await signIn(anna, server.url, 'anna');
    await anna.goto(`${server.url}/desk`);
    await anna.getByRole('button', { name: 'Connect', exact: true }).click();
    await expect(anna.getByRole('button', { name: /^Phone: / })).toHaveAccessibleName('Phone: Ready');
    await anna.getByRole('button', { name: 'Start, available' }).click();
    ear = await Ear.open(await freePort());
    caller = await Caller.listen(server.sip, '+33199000007', ear.port);
    // The menu speaks, and waits for a key.
    const mouth = ear;
    await expect.poll(() => mouth.hears([]), { timeout: 30_000, intervals: [50] }).toBe('other');
    ear.press('3');
    await expect(ringing(anna, CLIENT)).toBeVisible({ timeout: 30_000 });
    await anna.keyboard.press('F2');
    await expect(anna.getByText('Connected')).toBeVisible();
    await expect(anna.getByText('Prescriptions').first()).toBeVisible();
    await anna.keyboard.press('Shift+F4');
    await anna.getByRole('button', { name: 'End the conversation' }).click();
    expect(await caller.over()).toBe(0);
  } finally {
    ear?.close();
    await caller?.vanish();
    await office?.close();
    await Promise.all(browser.contexts().map((context) => context.close()));
    await server.stop();
  }
});

/** Chooses a password by a link, and is in. */
async function choose(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByLabel('New password', { exact: true }).fill(PASSWORD);
  await page.getByLabel('New password again').fill(PASSWORD);
  await page.getByRole('button', { name: 'Choose and sign in' }).click();
}

test('a table is tried, corrected and imported whole; people come in by links', async ({ browser }) => {
  test.setTimeout(180_000);
  const post = await Post.open();
  const server = await Server.start([], post.settings);
  let office: Office | undefined;
  try {
    office = await Office.open(server);
    const owner = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
    await signIn(owner, server.url, 'admin');
    await owner.goto(`${server.url}/admin/clients`);
    await owner.getByRole('navigation', { name: 'Administration' }).getByRole('link', { name: 'Import' }).click();
    const file = (text: string) => ({ name: 'clients.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
    const input = owner.locator('input[type=file]');
    await input.setInputFiles(file('\uFEFFname;zone\r\nBoutique Lumière;Europe/Paris\r\nAtelier;Mars/Base\r\n'));
    const faults = owner.getByRole('table', { name: 'Faults' });
    await expect(faults.getByRole('row')).toHaveCount(3);
    await expect(faults).toContainText('There is a client of this name already.');
    await expect(faults).toContainText('Mars/Base');
    await holdsInBothLooks(owner);
    if (shots) await owner.screenshot({ path: `${shots}/import-faults-1280.png`, fullPage: true });
    await owner.setViewportSize({ width: 390, height: 844 });
    if (shots) await owner.screenshot({ path: `${shots}/import-faults-390.png`, fullPage: true });
    await owner.setViewportSize({ width: 1280, height: 900 });
    await input.setInputFiles(file('name;zone\r\nGarage Martin;Europe/Paris\r\nAtelier;Europe/Paris\r\n'));
    await expect(owner.getByRole('table', { name: 'Adds' }).getByRole('row')).toHaveCount(3);
    await owner.getByRole('button', { name: 'Import all of it' }).click();
    await expect(owner.getByText('2 rows were imported.')).toBeVisible();
    await holdsInBothLooks(owner);
    if (shots) await owner.screenshot({ path: `${shots}/import-kept-1280.png`, fullPage: true });
    await owner.getByRole('navigation', { name: 'Administration' }).getByRole('link', { name: 'Clients', exact: true }).click();
    await expect(owner.getByRole('link', { name: 'Garage Martin' })).toBeVisible();

    // The people: every fault at once, each at its cell.
    await owner.getByRole('navigation', { name: 'Administration' }).getByRole('link', { name: 'Import' }).click();
    await owner.getByRole('radiogroup', { name: 'What is imported' }).getByText('Their people').click();
    await input.setInputFiles(file('client;name;email;role\r\nGarage Martin;Maud Petit;maud;manager\r\nGarage Marin;Rita Blanc;rita@garage.example;owner\r\n'));
    await expect(faults.getByRole('row')).toHaveCount(4);
    await expect(faults.getByRole('row', { name: /^2 email/ })).toContainText('It is not a mail address.');
    await expect(faults.getByRole('row', { name: /^3 client/ })).toContainText('There is no client `Garage Marin`.');
    await expect(faults.getByRole('row', { name: /^3 role/ })).toContainText('Write reader or manager.');
    await holdsInBothLooks(owner);

    // Handed over: a trial makes no link; what is kept shows each once, also as a file.
    const links = owner.getByRole('table', { name: 'Links to choose a password by' });
    await owner.getByRole('switch', { name: 'Mail each their link' }).uncheck({ force: true });
    await input.setInputFiles(file('client;name;email;role\r\nGarage Martin;Maud Petit;maud@garage.example;manager\r\n'));
    await expect(owner.getByRole('table', { name: 'Adds' })).toContainText('Maud Petit');
    await expect(links).toHaveCount(0);
    await owner.getByRole('button', { name: 'Import all of it' }).click();
    await expect(links.getByRole('row', { name: /Maud Petit/ })).toContainText('/invitation#');
    const handed = await links.locator('code').textContent() ?? '';
    const [written] = await Promise.all([owner.waitForEvent('download'), owner.getByRole('button', { name: 'Download the links' }).click()]);
    expect(await readFile(await written.path(), 'utf8')).toContain(`Garage Martin,Maud Petit,maud@garage.example,maud@garage.example,${handed},`);
    await holdsInBothLooks(owner);
    if (shots) await owner.screenshot({ path: `${shots}/import-links-1280.png` });
    const newPage = async () => (await browser.newContext()).newPage();
    const maud = await newPage();
    await choose(maud, handed);
    await expect(maud.getByRole('heading', { level: 1, name: 'Garage Martin' })).toBeVisible();
    // A manager lets others in.
    await expect(maud.getByRole('navigation').getByRole('link', { name: 'People' })).toBeVisible();

    // Mailed: the link goes to whom it is for, and to nobody else.
    expect(post.taken).toEqual([]);
    await owner.getByRole('switch', { name: 'Mail each their link' }).check({ force: true });
    await input.setInputFiles(file('client;name;email;role;login\r\nGarage Martin;Maud Petit;maud@garage.example;manager;\r\nGarage Martin;Rita Blanc;rita@garage.example;reader;rita\r\n'));
    await expect(owner.getByText('1 is there already.')).toBeVisible();
    await owner.getByRole('button', { name: 'Import all of it' }).click();
    await expect(links).toContainText('mailed: rita@garage.example');
    await expect.poll(() => post.taken.map(({ to }) => to), { timeout: 30_000 }).toEqual(['rita@garage.example']);
    await expect(links).not.toContainText('/invitation#');
    const rita = await newPage();
    await choose(rita, /http\S+\/invitation#\S+/.exec(Post.text(post.taken[0] ?? { to: '', data: '' }))?.[0] ?? '');
    await expect(rita.getByRole('heading', { level: 1, name: 'Garage Martin' })).toBeVisible();
    await expect(rita.getByRole('navigation').getByRole('link', { name: 'People' })).toHaveCount(0);
  } finally {
    await office?.close();
    await Promise.all(browser.contexts().map((context) => context.close()));
    await Promise.all([server.stop(), post.close()]);
  }
});
