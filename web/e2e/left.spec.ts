// A client is closed: what a customer leaves in the widget is taken and answered by an agent.
import { expect, test } from '@playwright/test';

import type { CalendarView } from '../app/api/types';
import { holdsInBothLooks } from './axe';
import { signIn } from './desk';
import { Office } from './office';
import { Server } from './server';
import { Site, Visitor } from './site';

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

test('a message left outside the hours reaches an agent and is answered', async ({ page, context }) => {
  test.setTimeout(120_000);
  const server = await Server.start();
  const site = await Site.open();
  let office: Office | undefined;
  try {
    office = await Office.open(server, 'Boutique Lumière');
    const { client, widget } = office.first;
    await office.allow(widget, [site.origin]);
    site.carry(widget.snippet);
    // It opens in three days only, whatever today is.
    const day = DAYS[(new Date().getDay() + 3) % 7];
    const [calendar] = await office.ask<CalendarView[]>('GET', '/calendars');
    if (!calendar) throw new Error('the first run makes a calendar');
    await office.ask('PUT', `/calendars/${calendar.id}`, { ...calendar, weekly: [{ days: [day], from: '09:00', until: '17:00' }] });
    const marie = await office.agent('Marie Leroy', { sign_offs: [client] });
    await office.agent('Boris Petit', { sign_offs: [] });

    const visitor = await new Visitor(await context.newPage()).lookInside();
    await visitor.open(site.origin);
    await expect(visitor.chat.getByRole('heading', { name: 'We are closed at the moment' })).toBeVisible();
    await visitor.chat.getByLabel('Your message').fill('My lamp flickers.\nOrder 4711.');
    await visitor.chat.getByLabel('Your e-mail').fill('lou');
    await visitor.chat.getByRole('button', { name: 'Send message' }).click();
    await expect(visitor.chat.getByText(/Enter an e-mail address/)).toBeVisible();
    await visitor.chat.getByLabel('Your e-mail').fill('lou@example.org');
    await visitor.chat.getByLabel('Your name').fill('Lou');
    await visitor.chat.getByRole('button', { name: 'Send message' }).click();
    await expect(visitor.chat.getByText('Your message is safely with us')).toBeVisible();

    await signIn(page, server.url, marie.login);
    await page.getByRole('navigation').getByRole('link', { name: /Messages left/ }).click();
    const left = page.getByRole('article', { name: /Lou.*Boutique Lumière/ });
    await expect(left).toContainText('My lamp flickers.');
    await expect(page.getByRole('img', { name: '1 open message or lost contact' })).toBeVisible();
    await holdsInBothLooks(page);
    if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/left-open.png` });
    await page.keyboard.press('ArrowDown');
    await expect(left).toBeFocused();
    await page.keyboard.press('t');
    await expect(left).toContainText('Taken · you');
    expect(await left.getByRole('link', { name: 'Write a mail' }).getAttribute('href')).toContain('mailto:lou@example.org?subject=Re%3A%20Boutique');
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(left.getByRole('button', { name: 'Take' })).toBeVisible();
    await left.getByRole('button', { name: 'Take' }).click();
    await left.getByRole('button', { name: 'Done' }).click();
    await left.getByLabel(/How was it answered/).fill('A new lamp is on its way.');
    await holdsInBothLooks(page);
    if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/left-note.png` });
    await page.keyboard.press('Control+Enter');
    await expect(page.getByText('Every message is answered')).toBeVisible();
    await page.getByText('All', { exact: true }).click();
    await expect(page).toHaveURL(/all=true/);
    await expect(left).toContainText('Answered: A new lamp is on its way.');
    await holdsInBothLooks(page);
    if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/left-all.png` });

    // Whoever is not signed off for the client sees nothing of it.
    await page.context().clearCookies();
    await signIn(page, server.url, 'boris');
    await page.goto(`${server.url}/left-messages?all=true`);
    await expect(page.getByText('No message was left')).toBeVisible();
  } finally {
    await office?.close();
    await site.close();
    await server.stop();
  }
});
