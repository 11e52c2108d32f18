// Mail that the server sends: what the screen says of it, what is taken back, and the link by which somebody new gets in.
import { expect, test, type Page } from '@playwright/test';

import { holdsInBothLooks } from './axe';
import { signIn } from './desk';
import { Office, PASSWORD } from './office';
import { Post } from './post';
import { Server } from './server';

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

test('mail is sent, refused, taken back and sent after all; a link in one lets somebody in', async ({ page, browser }) => {
  test.setTimeout(150_000);
  const post = await Post.open();
  const server = await Server.start([], post.settings);
  let office: Office | undefined;
  try {
    office = await Office.open(server);
    await signIn(page, server.url, 'admin');
    await page.goto(`${server.url}/admin/mail`);
    await expect(page.getByText(`Through 127.0.0.1:${post.port}, not encrypted, from`)).toBeVisible();
    await expect(page.getByText('No mail here')).toBeVisible();
    const send = async (to: string) => {
      await page.getByRole('button', { name: 'Send a test mail' }).click();
      const form = page.getByRole('dialog');
      await form.getByLabel('To').fill(to);
      await form.getByRole('button', { name: 'Send', exact: true }).click();
    };
    await send('anna');
    await expect(page.getByRole('dialog').getByLabel('To')).toHaveAttribute('aria-invalid', 'true');
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await send('anna@away.example');
    await send('nobody@away.example');
    const row = (to: string) => page.getByRole('row').filter({ hasText: to });
    await expect(row('anna@away.example')).toContainText('Sent', { timeout: 30_000 });
    await expect(row('nobody@away.example')).toContainText('550 5.1.1 No such user here', { timeout: 30_000 });
    await expect(row('nobody@away.example').getByRole('button', { name: 'Try now' })).toBeVisible();
    await expect(row('anna@away.example').getByRole('button')).toHaveCount(0);
    expect(post.taken.map(({ to }) => to)).toEqual(['anna@away.example']);
    expect(Post.text(post.taken[0] ?? { to: '', data: '' })).toContain('Ada Martin sent this from Accueil & Cie');

    // While nobody takes mail, one waits, and is taken back; later it goes after all.
    post.isBusy = true;
    await send('later@away.example');
    await expect(row('later@away.example')).toContainText('451', { timeout: 30_000 });
    await looks(page, 'mail');
    await row('later@away.example').getByRole('button', { name: /Take/ }).click();
    await expect(row('later@away.example')).toContainText('Taken back');
    post.isBusy = false;
    await page.getByRole('radiogroup', { name: 'Which mails' }).getByText('Taken back (1)').click();
    await expect(page.getByRole('row')).toHaveCount(2);
    await page.getByRole('button', { name: 'Send after all' }).click();
    await expect.poll(() => post.taken.length, { timeout: 30_000 }).toBe(2);
    expect(post.taken[1]?.to).toBe('later@away.example');

    // Somebody new is sent a link, chooses a password, and is in.
    await page.goto(`${server.url}/admin/users`);
    await page.getByRole('button', { name: 'New user' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Name on screens').fill('Noor Petit');
    await form.getByLabel('Name to sign in with').fill('noor@accueil.example');
    await form.getByRole('combobox', { name: 'Role' }).click();
    await page.getByRole('option', { name: 'Team lead' }).click();
    await form.getByRole('button', { name: 'Create' }).click();
    const invite = page.getByRole('dialog', { name: 'A link for Noor Petit' });
    await expect(invite.getByLabel('To')).toHaveValue('noor@accueil.example');
    await looks(page, 'invite', false);
    await invite.getByRole('button', { name: 'Send', exact: true }).click();
    await expect(page.getByRole('row', { name: /Noor Petit/ })).toContainText('no password yet');
    await expect.poll(() => post.taken.length, { timeout: 30_000 }).toBe(3);
    const link = /http\S+\/invitation#\S+/.exec(Post.text(post.taken[2] ?? { to: '', data: '' }))?.[0] ?? '';
    expect(link).toContain(server.url);
    const noor = await (await browser.newContext()).newPage();
    await noor.goto(link);
    await expect(noor.getByText('Good day, Noor Petit.')).toBeVisible();
    // The key does not stay where others may read it.
    await expect(noor).toHaveURL(/\/invitation$/);
    await noor.getByLabel('New password', { exact: true }).fill(PASSWORD);
    await noor.getByLabel('New password again').fill('three other words');
    await noor.getByRole('button', { name: 'Choose and sign in' }).click();
    await expect(noor.getByText('The two are not the same.')).toBeVisible();
    await looks(noor, 'invitation');
    await noor.getByLabel('New password again').fill(PASSWORD);
    await noor.getByRole('button', { name: 'Choose and sign in' }).click();
    await expect(noor).toHaveURL(/board/);
    const late = await (await browser.newContext()).newPage();
    await late.goto(link);
    await expect(late.getByText('This link was used already, or its time is over.')).toBeVisible();

    // Handed over instead, it is shown once.
    await page.getByRole('button', { name: 'A link for Noor Petit' }).click();
    await invite.getByText('Hand over').click();
    await invite.getByRole('button', { name: 'Make the link' }).click();
    await expect(invite.getByText(/\/invitation#/)).toBeVisible();
    await looks(page, 'invite-link', false);
  } finally {
    await office?.close();
    await Promise.all(browser.contexts().map((context) => context.close()));
    await Promise.all([server.stop(), post.close()]);
  }
});
