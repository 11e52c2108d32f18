// Administration: a client from nothing to live, a contract's faults, and two versions side by side.
import { expect, test } from '@playwright/test';

import { signIn } from './desk';
import { Office } from './office';
import { Server } from './server';

let server: Server;
let office: Office;

test.beforeAll(async () => {
  server = await Server.start();
  office = await Office.open(server);
});
test.afterAll(async () => {
  await office?.close();
  await server?.stop();
});

test.use({ timezoneId: 'UTC' });

test('a client cannot go live until its checklist is done', async ({ page }) => {
  test.setTimeout(120_000);
  await signIn(page, server.url, 'admin');
  await page.goto(`${server.url}/admin/clients`);
  await page.getByRole('button', { name: 'New client' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
  await expect(page.getByRole('dialog').getByLabel('Name')).toHaveAttribute('aria-invalid', 'true');
  await page.getByRole('dialog').getByLabel('Name').fill('Hotel Saint-Roch');
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();

  await expect(page.getByRole('heading', { level: 1, name: /Hotel Saint-Roch/ })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Go live' })).toHaveAttribute('aria-disabled', 'true');
  await expect(page.getByText(/\d points are missing/)).toBeVisible();
  await page.getByRole('button', { name: 'Set up: Contract' }).click();

  const client = /clients\/([^/]+)/.exec(page.url())?.[1] ?? '';
  const main = page.getByRole('main');
  // The overview, which has a time zone too, stays until the contract's screen is there.
  await expect(main.getByRole('button', { name: 'Publish…' })).toBeVisible();
  // The browser's zone is not the calendar's: the fault says so, and goes when it is chosen.
  await main.getByRole('combobox', { name: 'Time zone' }).fill('Europe/Paris');
  await page.getByRole('option', { name: 'Europe/Paris' }).click();
  await expect(main.getByText('No fault')).toBeVisible();
  await main.getByRole('button', { name: 'Publish…' }).click();
  await page.getByRole('dialog').getByLabel('What changes and why').fill('First version');
  await page.getByRole('dialog').getByRole('button', { name: 'Publish' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'First version' })).toContainText('in force');

  await page.getByRole('link', { name: 'Chat widgets' }).click();
  await page.getByRole('button', { name: 'New widget' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
  await expect(page.getByText(/data-widget=/)).toBeVisible();

  // Nobody is signed off yet.
  await page.getByRole('link', { name: 'Overview' }).click();
  await expect(page.getByText('1 point is missing')).toBeVisible();
  await page.goto(`${server.url}/admin/sign-offs?client=${client}`);
  // A tick shows what the server is told before it has answered: the answer is awaited, or leaving the page
  // takes the request back.
  const told = page.waitForResponse((response) =>
    response.request().method() === 'PUT' && response.url().includes('/sign-offs/'));
  await page.getByRole('checkbox', { name: 'Ada Martin for Hotel Saint-Roch' }).click();
  await told;
  await expect(page.getByRole('checkbox', { name: 'Ada Martin for Hotel Saint-Roch' })).toBeChecked();
  await page.goto(`${server.url}/admin/clients/${client}`);
  await page.getByRole('button', { name: 'Go live' }).click();
  await expect(page.getByText('Hotel Saint-Roch is live. Contacts are taken from now on.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Suspend' })).toBeVisible();
});

test('every fault of a contract stands beside its field, and two versions are compared', async ({ page }) => {
  test.setTimeout(120_000);
  await signIn(page, server.url, 'admin');
  await page.goto(`${server.url}/admin/clients/${office.first.client}/contract`);
  const main = page.getByRole('main');
  await expect(main.getByText('No fault')).toBeVisible();

  await main.getByRole('textbox', { name: 'Within' }).fill('0');
  await main.getByRole('textbox', { name: 'Target' }).fill('140');
  await main.getByRole('textbox', { name: 'An offer rings for' }).fill('0');
  await expect(main.getByRole('button', { name: /^[3-9] faults/ })).toBeVisible();
  await expect(main.getByRole('textbox', { name: 'Within' })).toHaveAttribute('aria-invalid', 'true');
  await expect(main.getByRole('textbox', { name: 'Target' })).toHaveAttribute('aria-invalid', 'true');
  await expect(main.getByRole('button', { name: 'Publish…' })).toHaveAttribute('aria-disabled', 'true');
  // The list of faults leads to the field.
  await main.getByRole('button', { name: /^\d faults/ }).click();
  await page.getByRole('button', { name: /offer_timeout_s/ }).click();
  await expect(main.getByRole('textbox', { name: 'An offer rings for' })).toBeFocused();

  await main.getByRole('textbox', { name: 'Within' }).fill('45');
  await main.getByRole('textbox', { name: 'Target' }).fill('85');
  await main.getByRole('textbox', { name: 'An offer rings for' }).fill('25');
  await expect(main.getByText('No fault')).toBeVisible();
  await main.getByRole('button', { name: 'Save draft' }).click();
  await expect(page.getByText('Draft saved')).toBeVisible();

  await page.getByRole('link', { name: 'History' }).click();
  const threshold = page.getByRole('row').filter({ hasText: 'Promise › Within' });
  await expect(threshold).toContainText('45');
  await page.getByRole('link', { name: 'Contract', exact: true }).click();
  await main.getByRole('button', { name: 'Publish…' }).click();
  await page.getByRole('dialog').getByLabel('What changes and why').fill('A longer promise');
  await page.getByRole('dialog').getByRole('button', { name: 'Publish' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'A longer promise' })).toContainText('in force');
  await page.getByRole('button', { name: 'Compare version 2 with the one before' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'Promise › Target' })).toContainText('85');

  // Who did it stands in the audit log.
  await page.goto(`${server.url}/admin/audit`);
  await expect(page.getByRole('row').filter({ hasText: 'contract' }).first()).toContainText('Ada Martin');
});

test('a calendar shows the coming two weeks while it is written', async ({ page }) => {
  await signIn(page, server.url, 'admin');
  await page.goto(`${server.url}/admin/calendars`);
  await page.getByRole('button', { name: 'New calendar' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('Shop hours');
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Shop hours' })).toBeVisible();
  await expect(page.getByText('09:00–18:00').first()).toBeVisible();
  await page.getByRole('button', { name: 'Add a closure' }).click();
  const from = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const until = new Date(Date.now() + 9 * 86_400_000).toISOString().slice(0, 10);
  const closures = page.getByRole('region', { name: 'Closures' });
  await closures.getByLabel('From').fill(`${from}T00:00`);
  await closures.getByLabel('Until').fill(`${until}T00:00`);
  await closures.getByLabel('Reason').fill('Works');
  await expect(page.getByRole('region', { name: 'The coming two weeks' }).getByText('closed')).not.toHaveCount(0);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
});
