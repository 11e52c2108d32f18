// Shifts: a week planned from the forecast by the planner's own process, and a week made by hand, published, and kept to on the board and at the desk.
import { expect, test, type Page } from '@playwright/test';

import type { AgentView } from '../app/api/types';
import { holdsInBothLooks } from './axe';
import { signIn } from './desk';
import { Office, ZONE } from './office';
import { Server } from './server';
import { shot } from './shot';

/** The planner looks for 20 s, after it was read and before it gives shifts to people, beside other tests. */
const PLAN_MOST_MS = 180_000;

/** Both pictures that a screen must stand: a desk's and a telephone's. */
async function shots(page: Page, name: string): Promise<void> {
  await shot(page, name);
  const usual = page.viewportSize();
  await page.setViewportSize({ width: 390, height: 844 });
  await shot(page, `${name}-390`);
  if (usual) await page.setViewportSize(usual);
}

test('a week is planned from the forecast, says how good it is, and leaves as files', async ({ page }) => {
  test.setTimeout(240_000 + PLAN_MOST_MS);
  const server = await Server.start(['--demo', '--demo-weeks', '2']);
  try {
    await page.goto(`${server.url}/sign-in`);
    await page.getByLabel('Name or e-mail').fill('paul');
    await page.getByLabel('Password', { exact: true }).fill(server.firstRun);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page).not.toHaveURL(/sign-in/);
    await page.goto(`${server.url}/planning/shifts`);
    await expect(page.getByText(/^\d+ agent hours are required in this week\.$/)).toBeVisible();
    await page.getByLabel('Time for planning').fill('20');
    await holdsInBothLooks(page);
    await shots(page, 'shifts-form');
    await page.getByRole('button', { name: 'Plan the week' }).click();
    await expect(page).toHaveURL(/\/planning\/shifts\/plan\//);
    await expect(page.getByText(/Planned in \d+/)).toBeVisible({ timeout: PLAN_MOST_MS });
    await expect(page.getByText('Every rule is kept.')).toBeVisible();
    const bars = page.getByRole('group', { name: 'Shifts by agent and day' }).getByRole('button', { name: /\d–\d\d:\d\d, / });
    expect(await bars.count()).toBeGreaterThan(10);
    await holdsInBothLooks(page);
    await shots(page, 'shifts-week');
    const files = { CSV: /\.csv$/, Calendar: /\.ics$/ };
    for (const [link, name] of Object.entries(files)) {
      const down = page.waitForEvent('download');
      await page.getByRole('link', { name: link }).click();
      expect((await down).suggestedFilename()).toMatch(name);
    }
  } finally {
    await server.stop();
  }
});

test('a week made by hand is held to its rules, published, and kept to', async ({ page, browser }) => {
  test.setTimeout(120_000);
  const server = await Server.start();
  const office = await Office.open(server);
  try {
    const anna: AgentView & { login: string } = await office.agent('Anna Petit', {});
    await office.agent('Ben Roche', {});
    const today = new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE }).format(Date.now());
    await signIn(page, server.url, 'admin');
    await page.goto(`${server.url}/planning/shifts`);
    // Nothing was recorded on this floor: what is required is said by hand.
    await expect(page.getByText('There is no forecast to take it from')).toBeVisible();
    await page.getByLabel('First day').fill(today);
    await page.getByLabel('Agents at work').fill('1');
    // One of them never works on Tuesdays.
    await page.getByRole('button', { name: 'An agent unlike the rules' }).click();
    const unlike = page.getByRole('table', { name: 'Agents unlike the rules' }).getByRole('row').nth(1);
    await unlike.getByRole('combobox', { name: 'Agent' }).click();
    await page.getByRole('option', { name: 'Ben Roche' }).click();
    await unlike.getByRole('combobox', { name: 'Never on' }).press('ArrowDown');
    await page.getByRole('option', { name: 'Tuesday' }).click();
    await page.keyboard.press('Escape');
    await holdsInBothLooks(page);
    await shots(page, 'shifts-unlike');
    await page.getByRole('button', { name: 'Begin with an empty week' }).click();
    const grid = page.getByRole('group', { name: 'Shifts by agent and day' });
    const adding = grid.getByRole('button', { name: /^Add a shift for Anna Petit on / });
    await expect(adding).toHaveCount(7);
    await expect(page.getByText(/^\d+ agent hours are missing$/)).toBeVisible();

    // A shift by keyboard; moved beyond its starts it breaks a rule, and is taken back.
    await adding.first().press('Enter');
    const bar = grid.getByRole('button', { name: /^Anna Petit, .*: 09:00–17:30, Whole day$/ });
    await expect(bar).toBeFocused();
    await page.keyboard.press('Shift+ArrowLeft');
    await expect(grid.getByRole('button', { name: /09:00–17:15, Whole day$/ })).toBeVisible();
    await page.getByRole('button', { name: 'Undo' }).click();
    await bar.focus();
    for (let n = 0; n < 13; n += 1) await page.keyboard.press('ArrowLeft');
    await expect(grid.getByRole('button', { name: /05:45–14:15, Whole day$/ })).toBeVisible();
    await expect(page.getByRole('alert').getByText('Start of a shift:')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Publish' })).toBeDisabled();
    await shots(page, 'shifts-faults');
    for (let n = 0; n < 13; n += 1) await page.getByRole('button', { name: 'Undo' }).click();
    await expect(page.getByText('Every rule is kept.')).toBeVisible();

    // What is somebody's own is held to as well.
    await grid.getByRole('button', { name: /^Add a shift for Ben Roche on Tue/ }).press('Enter');
    await expect(page.getByRole('alert').getByText('Days off:')).toBeVisible();
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(page.getByText('Every rule is kept.')).toBeVisible();

    // By mouse: another shift where it is pressed, dragged to the other agent.
    await adding.first().click();
    const second = grid.getByRole('button', { name: /^Anna Petit, / }).nth(1);
    await expect(second).toBeVisible();
    const before = (await second.getAttribute('aria-label')) ?? '';
    const from = await second.boundingBox();
    if (!from) throw new Error('the shift has no place');
    await page.mouse.move(from.x + 4, from.y + from.height / 2);
    await page.mouse.down();
    await page.mouse.move(from.x + 4, from.y + from.height / 2 + 34, { steps: 4 });
    await page.mouse.up();
    await expect(grid.getByRole('button', { name: before.replace('Anna Petit', 'Ben Roche') })).toBeVisible();
    await expect(page.getByText('Every rule is kept.')).toBeVisible();
    // Ahead of her whatever the clock says.
    await adding.last().press('Enter');
    await holdsInBothLooks(page);
    await page.getByRole('button', { name: 'Publish' }).click();
    await expect(page.getByText(/Published by Ada Martin on/)).toBeVisible();
    await expect(grid.getByRole('button', { name: /^Add a shift/ })).toHaveCount(0);
    await shots(page, 'shifts-published');

    // The lead's board says who is scheduled now, the agent's desk what comes next.
    await page.goto(`${server.url}/board`);
    await expect(page.getByRole('region', { name: 'Adherence' }).getByText(/^Scheduled now: /)).toBeVisible();
    await shot(page, 'board-adherence');
    await page.getByRole('button', { name: 'By agent' }).click();
    await expect(page.getByRole('table', { name: 'Adherence' }).getByRole('row', { name: /^Anna Petit/ })).toBeVisible();
    await shot(page, 'adherence-day');
    const desk = await browser.newPage();
    await signIn(desk, server.url, anna.login);
    await desk.goto(`${server.url}/desk`);
    await expect(desk.getByRole('region', { name: 'My next shifts' }).getByRole('listitem').last()).toContainText(/09:00.*–.*5:30/);
    await shot(desk, 'desk-shifts');
    await desk.close();

    // A copy is a draft of its own; the published one is withdrawn and nobody goes by it.
    await page.goto(`${server.url}/planning/shifts`);
    await page.getByRole('table', { name: 'Schedules' }).getByRole('link').first().click();
    await page.getByRole('button', { name: 'Withdraw' }).click();
    await expect(page.getByText(/A draft of Ada Martin/)).toBeVisible();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await expect(page.getByText('None yet.')).toBeVisible();
  } finally {
    await office.close();
    await server.stop();
  }
});
