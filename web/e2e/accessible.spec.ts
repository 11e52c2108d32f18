// WCAG 2.2 AA by axe: every screen there is, in light and dark.
import { expect, test } from '@playwright/test';

import { holdsInBothLooks, violations } from './axe';
import { signIn } from './desk';
import { Office } from './office';
import { Server } from './server';
import { Visitor } from './site';

let server: Server;
let office: Office;

test.beforeAll(async () => {
  server = await Server.start();
  office = await Office.open(server);
  await office.ask('POST', '/skills', { name: 'Orders' });
  await office.ask('POST', '/sites', { name: 'Lyon' });
  await office.team('Night team', office.first.client);
  await office.ask('POST', `/clients/${office.first.client}/canned-answers`, { shortcut: 'hello', language: 'en', text: 'Good day!' });
});
test.afterAll(async () => {
  await office?.close();
  await server?.stop();
});

test('the sign-in', async ({ page }) => {
  await page.goto(`${server.url}/sign-in`);
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await holdsInBothLooks(page);
  await page.getByLabel('Name or e-mail').fill('nobody');
  await page.getByLabel('Password', { exact: true }).fill('wrong password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await holdsInBothLooks(page);
});

const SCREENS: [string, () => string, string | RegExp][] = [
  ['desk', () => '/desk', /./], ['board', () => '/board', /./], ['reports', () => '/reports', /./], ['contacts', () => '/contacts', /./],
  ['profile', () => '/profile', /./], ['clients', () => '/admin/clients', 'Clients'],
  ['a client', () => `/admin/clients/${office.first.client}`, /Boutique/], ['a contract', () => `/admin/clients/${office.first.client}/contract`, /Boutique/],
  ['its proposals', () => `/admin/clients/${office.first.client}/proposals`, /Boutique/], ['its history', () => `/admin/clients/${office.first.client}/history`, /Boutique/], ['its widgets', () => `/admin/clients/${office.first.client}/widgets`, /Boutique/],
  ['its canned answers', () => `/admin/clients/${office.first.client}/canned`, /Boutique/], ['calendars', () => '/admin/calendars', 'Calendars'],
  ['agents', () => '/admin/agents', 'Agents'], ['an agent', () => `/admin/agents/${office.first.session.agent ?? ''}`, 'Ada Martin'],
  ['sign-offs', () => '/admin/sign-offs', 'Sign-offs'], ['users', () => '/admin/users', 'Users'], ['pools', () => '/admin/pools', 'Pools'],
  ['teams', () => '/admin/teams', 'Teams'], ['skills', () => '/admin/skills', 'Skills'], ['sites', () => '/admin/sites', 'Sites'],
  ['mail', () => '/admin/mail', 'Mail'], ['the audit log', () => '/admin/audit', 'Audit log'], ['settings', () => '/admin/settings', 'Settings'], ['no such page', () => '/nothing/here', /./],
];

for (const [name, address, heading] of SCREENS) {
  test(`${name}`, async ({ page }) => {
    await signIn(page, server.url, 'admin');
    await page.goto(server.url + address());
    await expect(page.getByRole('heading', { name: heading }).or(page.getByText('There is no such page.')).first()).toBeVisible();
    await expect(page.getByLabel('Loading')).toHaveCount(0);
    await holdsInBothLooks(page);
  });
}

test('on a telephone no screen is wider than it', async ({ page }) => {
  test.setTimeout(120_000);
  await page.setViewportSize({ width: 390, height: 844 });
  await signIn(page, server.url, 'admin');
  // The head is at its fullest with a state and its clock, and a phone.
  await page.goto(`${server.url}/desk`);
  await page.getByRole('button', { name: 'Start, available' }).click();
  await expect(page.getByText('You are available')).toBeVisible();
  for (const [name, address] of SCREENS) {
    await page.goto(server.url + address());
    await expect(page.locator('#main').getByRole('heading').or(page.getByText('There is no such page.')).first()).toBeVisible();
    await expect(page.getByLabel('Loading')).toHaveCount(0);
    const wide = await page.evaluate(() =>
      [document.documentElement, ...document.querySelectorAll('header, #main, #main > *')].filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0)
        .map((one) => `${one.tagName} ${one.className}: ${one.scrollWidth}`));
    expect(wide, name).toEqual([]);
  }
});

test('the chat widget, before, during and at the end', async ({ page }) => {
  const visitor = await new Visitor(page).lookInside();
  await visitor.open(`${server.url}/demo/${office.first.client}`);
  await expect(visitor.chat.getByLabel('Your message')).toBeVisible();
  const frame = page.frames().find((one) => one.url().includes('/widget/v1/frame.html'));
  if (!frame) throw new Error('the chat has no frame');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await violations(frame)).toEqual([]);
    expect(await violations(page)).toEqual([]);
  }
  await visitor.begin('Hello', 'Lou');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await violations(frame)).toEqual([]);
  }
  await visitor.chat.getByRole('button', { name: 'End conversation' }).click();
  await visitor.chat.getByRole('button', { name: 'End it' }).click();
  await expect(visitor.chat.getByRole('button', { name: 'New conversation' })).toBeVisible();
  expect(await violations(frame)).toEqual([]);
});
