// Reports that leave by themselves: the provider’s of any client, and a client’s own, on a clock that the test moves.
import { expect, test, type Page } from '@playwright/test';

import { holdsInBothLooks } from './axe';
import { signIn } from './desk';
import { Office, PASSWORD } from './office';
import { Post } from './post';
import { Server } from './server';

test.use({ timezoneId: 'Europe/Paris', locale: 'en-GB' });

/** Keeps how a screen looks, wide and on a telephone, when somebody wants to look. */
async function looks(page: Page, name: string, whole = true): Promise<void> {
  const folder = process.env['SHOTS'];
  for (const [size, width] of [['wide', 1280], ['phone', 390]] as const) {
    if (!folder) break;
    await page.setViewportSize({ width, height: 900 });
    await page.screenshot({ path: `${folder}/${name}-${size}.png` });
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  // A window over the screen has a banner of its own.
  if (whole) await holdsInBothLooks(page);
}

test('a report is scheduled, leaves at its hour, and is sent at once', async ({ browser }) => {
  test.setTimeout(180_000);
  const post = await Post.open();
  const server = await Server.start(['--test-clock'], post.settings);
  let office: Office | undefined;
  const as = async (login: string) => {
    const page = await (await browser.newContext({ timezoneId: 'Europe/Paris', locale: 'en-GB' })).newPage();
    await signIn(page, server.url, login);
    return page;
  };
  try {
    office = await Office.open(server);
    await office.ask('POST', '/users', { login: 'maud', name: 'Maud Petit', role: 'client_manager', client: office.first.client, agent: null, language: 'en', password: PASSWORD });
    const admin = await as('admin');
    await admin.goto(`${server.url}/reports`);
    await admin.getByRole('link', { name: 'Scheduled' }).click();
    await expect(admin.getByText('Nothing is scheduled yet')).toBeVisible();
    await looks(admin, 'scheduled-none');
    await admin.getByRole('button', { name: 'Schedule a report' }).click();
    const form = admin.getByRole('dialog');
    await form.getByRole('button', { name: 'Schedule', exact: true }).click();
    await expect(form.getByLabel('Name')).toHaveAttribute('aria-invalid', 'true');
    await expect(form.getByText('Nobody would get it.')).toBeVisible();
    await form.getByLabel('Name').fill('The week');
    await form.getByRole('combobox', { name: 'Whose figures' }).click();
    await admin.getByRole('option', { name: 'Boutique Lumière' }).click();
    await form.getByRole('combobox', { name: 'How often' }).click();
    await admin.getByRole('option', { name: 'Each day' }).click();
    for (const to of ['direction@lumiere.example', 'nobody@lumiere.example']) {
      await form.getByLabel('To', { exact: true }).fill(to);
      await admin.keyboard.press('Enter');
    }
    await looks(admin, 'scheduled-form', false);
    await form.getByRole('button', { name: 'Schedule', exact: true }).click();
    const row = admin.getByRole('row', { name: /The week/ });
    await expect(row).toContainText('Daily at 07:00');
    await expect(row).toContainText('Boutique Lumière');
    await expect(row).toContainText('Not yet');

    // It is switched off, and on again by undo.
    await row.getByRole('switch').click({ force: true });
    await expect(row).toContainText('Off');
    await expect(row.getByRole('switch')).not.toBeChecked();
    await admin.getByRole('button', { name: 'Undo' }).last().click();
    await expect(row.getByRole('switch')).toBeChecked();

    // Its hour comes: one address takes it, the other does not.
    // Before seven in Paris it is today's, and no turn may be missed in between.
    const hour = Number(new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Paris', hour: '2-digit', hourCycle: 'h23' }).format(new Date()));
    const day = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Paris' }).format(Date.now() + (hour < 7 ? 0 : 86_400_000));
    await server.moveTo(`${day}T07:30:00Z`);
    await expect.poll(() => post.taken.length, { timeout: 60_000 }).toBe(1);
    expect(post.taken[0]?.to).toBe('direction@lumiere.example');
    // Sessions end overnight.
    const again = await as('admin');
    await again.goto(`${server.url}/reports/scheduled`);
    const told = again.getByRole('row', { name: /The week/ });
    await expect(told).toContainText('Sent to 1 address', { timeout: 30_000 });
    await expect(told).toContainText('1 mail was refused');
    await looks(again, 'scheduled');

    // The client’s manager sees only what is the client’s own, and sends it at once.
    const maud = await as('maud');
    await maud.getByRole('navigation').getByRole('link', { name: 'Reports' }).click();
    await maud.getByRole('link', { name: 'Scheduled' }).click();
    await expect(maud.getByText('Nothing is scheduled yet')).toBeVisible();
    await maud.getByRole('button', { name: 'Schedule a report' }).click();
    const own = maud.getByRole('dialog');
    await expect(own.getByRole('combobox', { name: 'Whose figures' })).toHaveCount(0);
    await own.getByLabel('Name').fill('Our contacts');
    await own.getByRole('combobox', { name: 'Report', exact: true }).click();
    await maud.getByRole('option', { name: 'List of contacts' }).click();
    await own.getByLabel('To', { exact: true }).fill('maud@lumiere.example');
    await own.getByLabel('Name').click();
    await own.getByRole('button', { name: 'Schedule', exact: true }).click();
    await maud.getByRole('button', { name: 'Send Our contacts now' }).click();
    await expect.poll(() => post.taken.length, { timeout: 30_000 }).toBe(2);
    expect(post.taken[1]?.to).toBe('maud@lumiere.example');
    expect(post.taken[1]?.data).toContain('.xlsx');
    await expect(maud.getByRole('row', { name: /Our contacts/ })).toContainText('sent by Maud Petit', { timeout: 30_000 });
    await looks(maud, 'scheduled-client');
    await maud.getByRole('button', { name: 'Remove Our contacts' }).click();
    await maud.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await expect(maud.getByText('Nothing is scheduled yet')).toBeVisible();

    // What is shown is taken as a file, too.
    await again.goto(`${server.url}/contacts`);
    await expect(again.getByRole('button', { name: 'Export' })).toBeDisabled();
  } finally {
    await office?.close();
    await Promise.all(browser.contexts().map((context) => context.close()));
    await Promise.all([server.stop(), post.close()]);
  }
});
