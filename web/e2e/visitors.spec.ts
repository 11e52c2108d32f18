// Visitors outside the hours who wait for the opening, and visitors whom a client vouches for.
import { createHmac } from 'node:crypto';

import { expect, test, type Browser, type BrowserContext, type Page } from '@playwright/test';

import type { WidgetSecret, WidgetSetup } from '../app/api/types';
import { answer, ringing, signIn, startShift, write } from './desk';
import { chatQueue, Office, period } from './office';
import { Server } from './server';
import { Site, Visitor } from './site';

const BANK = 'Banque du Rhône';
const DAY_MS = 86_400_000;
let server: Server;
let office: Office;
let site: Site;
let widget: WidgetSetup;
let secret: string;
let agent: { login: string };
let second: { login: string };
let contexts: BrowserContext[] = [];

test.beforeAll(async () => {
  server = await Server.start(['--test-clock']);
  office = await Office.open(server);
  const pool = await office.pool('Bank pool');
  const always = await office.calendar('Always');
  const client = await office.client(BANK);
  const queue = chatQueue('Advice');
  await office.contract(client.id, always.id, [period('Always', { kind: 'always' }, { kind: 'shared', pools: [pool.id] })], { queues: [queue] });
  agent = await office.agent('Anna Roux', { pools: [pool.id], sign_offs: [client.id] });
  second = await office.agent('Cara Lind', { pools: [pool.id], sign_offs: [client.id] });
  site = await Site.open();
  widget = await office.widget(client.id, [queue.id], [site.origin]);
  ({ secret } = await office.ask<WidgetSecret>('POST', `/clients/${client.id}/widgets/${widget.id}/rotate-secret`, { version: widget.version }));
  await office.goLive(client.id);
});

test.afterEach(async () => {
  await Promise.all(contexts.map((context) => context.close()));
  contexts = [];
});

test.afterAll(async () => {
  await office?.close();
  await Promise.all([site?.close(), server?.stop()]);
});

async function newPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext();
  contexts.push(context);
  return context.newPage();
}

/** What a client's own server makes for a visitor who is signed in there: a JWT, HS256 (RFC 7519). */
function signed(claims: object, key: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const said = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${said}.${createHmac('sha256', key).update(said).digest('base64url')}`;
}

const claims = (more: object = {}) => ({ sub: 'customer-4711', name: 'Lou Berger', email: 'lou@example.org', exp: Math.floor(Date.now() / 1000) + 3600, ...more });

/** The client's page with its snippet, for the visitor of this token. */
const carryFor = (token: string) => site.carry(widget.snippet.replace('<script ', `<script data-identity="${token}" `));

/** Ends the conversation that a desk shows, and its wrap-up. */
async function finish(desk: Page): Promise<void> {
  await desk.bringToFront();
  await desk.keyboard.press('Shift+F4');
  await desk.getByRole('button', { name: 'End the conversation' }).click();
  await expect(desk.getByRole('form', { name: 'Wrap-up' })).toBeVisible();
  await desk.keyboard.press('Control+Enter');
  await expect(desk.getByText('You are available')).toBeVisible();
}

test('a visitor whom the client vouches for is known at the desk, and comes back as the same customer', async ({ browser }) => {
  test.setTimeout(120_000);
  const anna = await newPage(browser);
  await startShift(anna, server.url, agent.login);
  carryFor(signed(claims(), secret));
  const visitor = await new Visitor(await newPage(browser)).lookInside();
  await visitor.open(site.origin);
  await expect(visitor.chat.getByLabel('Your message')).toBeVisible();
  await expect(visitor.chat.getByRole('alert')).toHaveCount(0);
  await visitor.begin('What is my limit?');
  await expect(ringing(anna, BANK)).toBeVisible();
  await answer(anna, 'Lou Berger');
  await expect(anna.getByText('Signed in at the client')).toBeVisible();
  await expect(anna.getByText('lou@example.org').first()).toBeVisible();
  await write(anna, 'Lou Berger', 'Two thousand a day.');
  await visitor.page.context().close();

  // Another browser, the same person: the conversation goes on there.
  const later = await new Visitor(await newPage(browser)).lookInside();
  await later.open(site.origin);
  await expect(later.chat.getByRole('log')).toContainText('Two thousand a day.');

  // Somebody else at that computer: nothing of it is theirs.
  carryFor(signed(claims({ sub: 'customer-4712', name: 'Kim Aubert', email: 'kim@example.org' }), secret));
  await later.page.goto(site.origin);
  await expect(later.chat.getByLabel('Your message')).toBeVisible();
  await expect(later.chat.getByText('Two thousand a day.')).toHaveCount(0);

  // Nothing is left that would ring at the next one's desk.
  await finish(anna);
  await anna.getByRole('button', { name: /^Your state/ }).click();
  await anna.getByRole('menuitem', { name: 'Leave the floor' }).click();
  await expect(anna.getByRole('button', { name: 'Start, available' })).toBeVisible();
});

test('a token that the client did not sign, or that is over, proves nothing', async ({ browser }) => {
  test.setTimeout(120_000);
  const kept = await newPage(browser);
  await startShift(kept, server.url, second.login);
  for (const [token, why] of [
    [signed(claims(), 'another secret'), /not signed with this widget/],
    [signed(claims({ exp: Math.floor(Date.now() / 1000) - 600 }), secret), /has expired/],
  ] as const) {
    carryFor(token);
    const visitor = await new Visitor(await newPage(browser)).lookInside();
    await visitor.open(site.origin);
    await expect(visitor.chat.getByRole('alert')).toContainText(why);
    // The chat is open to them as to anybody, and nothing of the customer they are not is theirs.
    await expect(visitor.chat.getByText('Two thousand a day.')).toHaveCount(0);
    await visitor.chat.getByLabel('Your name').fill('Somebody');
    await visitor.begin('Tell me my limit');
    await expect(ringing(kept, BANK)).toBeVisible();
    await answer(kept, 'Somebody');
    await expect(kept.getByText('As they say')).toBeVisible();
    await expect(kept.getByText('Signed in at the client')).toHaveCount(0);
    await finish(kept);
  }
});

test('where the closed rule lets visitors wait, they write outside the hours and are answered at the opening', async ({ browser }) => {
  test.setTimeout(120_000);
  const pool = await office.pool('Owl pool');
  const client = await office.client('Night Owl');
  // Open from tomorrow's noon on for four hours, and at no other time.
  const opens = new Date(Math.ceil((Date.now() + DAY_MS / 2) / DAY_MS) * DAY_MS + DAY_MS / 2);
  const day = (['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const)[opens.getUTCDay()] ?? 'monday';
  const hours = await office.calendar('Rarely', { zone: 'UTC', weekly: [{ days: [day], from: '12:00', until: '16:00' }] });
  const queue = chatQueue('Owl');
  await office.contract(client.id, hours.id, [period('Always', { kind: 'always' }, { kind: 'shared', pools: [pool.id] })], {
    zone: 'UTC', queues: [queue], closed: { kind: 'wait', text: [{ language: 'en', text: 'The owl sleeps by day.' }] },
  });
  const ben = await office.agent('Ben Stark', { pools: [pool.id], sign_offs: [client.id] });
  const owl = await Site.open();
  try {
    owl.carry((await office.widget(client.id, [queue.id], [owl.origin])).snippet);
    await office.goLive(client.id);

    const visitor = await new Visitor(await newPage(browser)).lookInside();
    await visitor.open(owl.origin);
    await expect(visitor.chat.getByRole('heading', { name: 'We are closed at the moment' })).toBeVisible();
    await expect(visitor.chat.getByText('The owl sleeps by day.')).toBeVisible();
    await expect(visitor.chat.getByText(/Opening: /)).toBeVisible();
    if (process.env['SCREENSHOTS']) await visitor.page.screenshot({ path: `${process.env['SCREENSHOTS']}/wait-closed.png` });
    await visitor.chat.getByLabel('Your message').fill('Are you there at noon?');
    await visitor.chat.getByLabel('Your name').fill('Mila');
    await visitor.chat.getByRole('button', { name: 'Send and wait for us' }).click();
    await expect(visitor.chat.getByRole('log')).toContainText('Are you there at noon?');
    await expect(visitor.chat.getByText('We answer as soon as we open')).toBeVisible();
    await expect(visitor.chat.getByText(/Opening: /)).toBeVisible();
    if (process.env['SCREENSHOTS']) await visitor.page.screenshot({ path: `${process.env['SCREENSHOTS']}/wait-waiting.png` });

    // The place is kept over a visit elsewhere, and the board knows why it waits.
    await visitor.page.reload();
    await expect(visitor.chat.getByText('We answer as soon as we open')).toBeVisible();
    const lead = await newPage(browser);
    await signIn(lead, server.url, 'admin');
    await lead.goto(`${server.url}/board`);
    await lead.getByRole('button', { name: 'Why?' }).first().click();
    await expect(lead.getByText(/It waits for the opening, /)).toBeVisible();
    if (process.env['SCREENSHOTS']) await lead.screenshot({ path: `${process.env['SCREENSHOTS']}/wait-board.png` });

    await server.moveTo(opens.toISOString());
    const desk = await newPage(browser);
    await signIn(desk, server.url, ben.login);
    await desk.goto(`${server.url}/desk`);
    await desk.getByRole('button', { name: 'Start, available' }).click();
    await expect(ringing(desk, 'Night Owl')).toBeVisible();
    await answer(desk, 'Mila');
    await write(desk, 'Mila', 'Good noon, Mila.');
    await expect(visitor.chat.getByRole('log')).toContainText('Good noon, Mila.');
  } finally {
    await owl.close();
  }
});
