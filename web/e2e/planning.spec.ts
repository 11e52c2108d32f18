// The planner's chain on the demonstration's own recorded weeks: contracts compared, what would have been, the days to come, the agents they need, and
// how well the nights replayed.
import { expect, test, type Page } from '@playwright/test';

import { holdsInBothLooks } from './axe';
import { Server } from './server';
import { shot } from './shot';

/** A job plays days again and again, in a build that is not optimised, beside other tests. */
const JOB_MOST_MS = 300_000;

let server: Server;

test.beforeAll(async () => {
  test.setTimeout(240_000);
  server = await Server.start(['--demo', '--demo-weeks', '2']);
});

test.afterAll(async () => {
  await server?.stop();
});

test.beforeEach(async ({ page }) => {
  await page.goto(`${server.url}/sign-in`);
  await page.getByLabel('Name or e-mail').fill('paul');
  await page.getByLabel('Password', { exact: true }).fill(server.firstRun);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).not.toHaveURL(/sign-in/);
});

/** Both pictures that a screen must stand: a desk's and a telephone's. */
async function shots(page: Page, name: string): Promise<void> {
  await shot(page, name);
  const usual = page.viewportSize();
  await page.setViewportSize({ width: 390, height: 844 });
  await shot(page, `${name}-390`);
  if (usual) await page.setViewportSize(usual);
}

/** One recorded day is enough to see the chain; the form begins with a whole month. */
async function lastDayOnly(page: Page): Promise<void> {
  const last = page.getByLabel('Last day');
  const day = await last.getAttribute('max');
  expect(day).toMatch(/^\d{4}-\d\d-\d\d$/);
  await last.fill(day ?? '');
  await page.getByLabel('First day').fill(day ?? '');
}

test('the three contracts of a client stand side by side on what was recorded, with their intervals and bills', async ({ page }) => {
  test.setTimeout(JOB_MOST_MS + 60_000);
  await page.goto(`${server.url}/planning/compare`);
  await lastDayOnly(page);
  await page.getByRole('combobox', { name: 'Agents are counted' }).click();
  await page.getByRole('option', { name: 'by four hours (quick)' }).click();
  await page.getByLabel('Times played').fill('2');
  // Another client beside the first one.
  await page.getByRole('combobox', { name: 'Clients' }).click();
  await page.getByRole('option').first().click();
  await page.keyboard.press('Escape');
  await holdsInBothLooks(page);
  await shots(page, 'compare-form');
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await expect(page).toHaveURL(/\/planning\/compare\/[0-9a-f-]{36}$/);
  const table = page.getByRole('group', { name: 'Side by side' }).getByRole('table');
  await expect(table).toBeVisible({ timeout: JOB_MOST_MS });
  for (const model of ['Shared', 'Dedicated', 'Hybrid']) {
    await expect(table.getByRole('columnheader', { name: model })).toBeVisible();
    await expect(page.getByRole('table', { name: model, exact: true }).getByRole('rowheader', { name: 'Net' })).toBeVisible();
  }
  // Every contract keeps its promise at the least agents, and says so with its interval.
  await expect(table.getByRole('row', { name: /^Service level/ }).getByRole('cell').first()).toContainText(/\d+\.\d %\s*± \d/);
  await expect(page.getByRole('heading', { name: /^Recommended: |^No contract fits/ })).toBeVisible();
  await holdsInBothLooks(page);
  await shots(page, 'comparison');
  // Both stand in one table; the other one is looked at whole.
  const together = page.getByRole('table', { name: 'All together' });
  await expect(together.getByRole('row')).toHaveCount(4);
  await expect(together.getByRole('row', { name: /^All of them/ }).getByRole('cell').last()).toContainText('margin');
  const other = together.getByRole('button', { pressed: false });
  const name = (await other.textContent()) ?? '';
  await other.click();
  await expect(page.getByRole('combobox', { name: 'One of them, whole' })).toHaveValue(name);
  await expect(table).toBeVisible();
  // What was compared is found again, and begins the next one.
  await page.getByRole('link', { name: 'Change and compare again' }).click();
  await expect(page.getByLabel('Times played')).toHaveValue('2');
  await expect(page.getByRole('table', { name: 'Earlier comparisons' }).getByRole('row').nth(1)).toContainText('Done');
});

test('a recorded day is played unchanged and otherwise, beside what happened', async ({ page }) => {
  test.setTimeout(JOB_MOST_MS + 60_000);
  await page.goto(`${server.url}/planning/what-if`);
  await lastDayOnly(page);
  await page.getByLabel('Times played').fill('3');
  await page.getByRole('button', { name: 'More or fewer contacts' }).click();
  await page.getByLabel('Of what came').fill('150');
  await shots(page, 'what-if-form');
  await page.getByRole('button', { name: 'Play it' }).click();
  const offered = page.getByRole('row', { name: /^Offered/ }).first();
  await expect(offered).toBeVisible({ timeout: JOB_MOST_MS });
  await holdsInBothLooks(page);
  await shots(page, 'what-if');
});

test('the coming days are said with their band, and staffed', async ({ page }) => {
  await page.goto(`${server.url}/planning/forecast`);
  await expect(page.getByRole('img', { name: 'By day' })).toBeVisible();
  const judged = page.getByRole('table', { name: 'Contacts' });
  await expect(judged.getByText('taken')).toBeVisible();
  await holdsInBothLooks(page);
  await shots(page, 'forecast');
  // A special day by hand, with half of what usually comes, and taken away again.
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  await page.getByRole('textbox', { name: 'Day', exact: true }).fill(tomorrow);
  await page.getByRole('textbox', { name: 'Name' }).fill('Strike');
  await page.getByLabel('Of a usual day').fill('50');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  const special = page.getByRole('table', { name: 'Special days' });
  await expect(special.getByRole('row', { name: /Strike/ })).toContainText('50 %');
  await page.getByRole('link', { name: 'Staffing' }).click();
  await expect(page.getByText(/agent hours required/)).toBeVisible();
  const agents = page.getByRole('table', { name: 'The day' });
  await expect(agents.getByRole('row').nth(1)).toBeVisible();
  await holdsInBothLooks(page);
  await shots(page, 'staffing');
  // Asking more of every interval takes more hours.
  const hours = async () => Number(((await page.getByText(/agent hours required/).textContent()) ?? '').replace(/[^\d]/g, ''));
  const before = await hours();
  await page.getByLabel('Answered in time').fill('99');
  await expect.poll(hours).toBeGreaterThan(before);
  await page.getByRole('link', { name: 'Forecast' }).click();
  await page.getByRole('button', { name: /^Remove / }).click();
  await expect(special).toHaveCount(0);
});

test('each night that was made up for replayed equal to what was recorded', async ({ page }) => {
  test.setTimeout(JOB_MOST_MS + 60_000);
  await page.goto(`${server.url}/planning/fidelity`);
  // Until a night is kept there is none; a list is looked at anew only each minute.
  const verdict = page.getByText(/equal in every event and figure|days? differs?/);
  await expect(async () => {
    await page.reload();
    await expect(verdict).toBeVisible();
  }).toPass({ timeout: JOB_MOST_MS });
  await expect(verdict).toHaveText(/equal in every event and figure/);
  await holdsInBothLooks(page);
  await shots(page, 'fidelity');
});
