// The first start: from the printed link to a chat that is answered.
import { expect, test } from '@playwright/test';

import { holdsInBothLooks } from './axe';
import { Server } from './server';
import { Visitor } from './site';

test('the first run leads from the printed link to an answered chat', async ({ page, context }) => {
  test.setTimeout(120_000);
  const server = await Server.start();
  try {
    await page.goto(server.firstRun);
    await holdsInBothLooks(page);
    await page.getByLabel('Your name').fill('Claire Martin');
    await page.getByLabel('Name to sign in with').fill('claire');
    await page.getByRole('textbox', { name: 'Password' }).fill('short');
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect(page.getByText('Choose at least 10 characters.')).toBeVisible();
    await page.getByRole('textbox', { name: 'Password' }).fill('three unrelated words');
    await page.getByRole('button', { name: 'Continue' }).click();

    await expect(page.getByRole('heading', { name: 'What is your company called?' })).toBeFocused();
    await page.getByLabel('Name of the company').fill('Accueil & Cie');
    // The floor is where the browser is, until somebody says otherwise; so is the first client.
    const zone = page.getByRole('combobox', { name: 'Time zone of the floor' });
    await expect(zone).toHaveValue(await page.evaluate(() => Intl.DateTimeFormat().resolvedOptions().timeZone));
    await zone.fill('Reunion');
    await page.getByRole('option', { name: 'Indian/Reunion' }).click();
    await holdsInBothLooks(page);
    await page.getByRole('button', { name: 'Continue' }).click();

    await page.getByLabel('Name of the client').fill('Hôtel Saint-Roch');
    await expect(page.getByRole('combobox', { name: 'Time zone' })).toHaveValue('Indian/Reunion');
    await page.getByRole('radio', { name: 'Both, by the hour' }).click();
    await expect(page.getByText('Hours of its own team')).toBeVisible();
    await page.getByRole('radio', { name: 'A pool' }).click();
    await page.getByRole('button', { name: 'Day and night' }).click();
    await holdsInBothLooks(page);
    await page.getByRole('button', { name: 'Set everything up' }).click();

    await expect(page.getByRole('heading', { name: 'Who answers with you?' })).toBeFocused();
    await page.getByLabel('Name of the colleague').fill('Boris Petit');
    await page.getByLabel('Name to sign in with').fill('boris');
    await page.getByRole('textbox', { name: 'First password' }).fill('four other new words');
    await page.getByRole('button', { name: 'Add this colleague' }).click();
    await expect(page.getByText('Boris Petit can sign in as boris.')).toBeVisible();
    await page.getByRole('button', { name: 'Continue' }).click();

    await expect(page.getByText('Hôtel Saint-Roch is live: contacts are taken.')).toBeVisible();
    await expect(page.getByText(/data-widget=/)).toBeVisible();
    await holdsInBothLooks(page);
    const testPage = (await page.getByRole('link', { name: /Open the test page/ }).getAttribute('href')) ?? '';

    await page.getByRole('link', { name: 'Open my desk' }).click();
    await page.getByRole('button', { name: 'Start, available' }).click();
    await expect(page.getByText('You are available')).toBeVisible();

    const visitor = await new Visitor(await context.newPage()).lookInside();
    await visitor.open(server.url + testPage);
    await visitor.begin('Do you have a room for two?', 'Lou');
    // The key answers what rings, so it must ring first.
    await expect(page.getByRole('region', { name: /^Ringing for/ })).toBeVisible();
    await page.keyboard.press('F2');
    await page.getByRole('textbox', { name: 'Message to Lou' }).fill('Yes, with a view of the garden.');
    await page.keyboard.press('Enter');
    await expect(visitor.chat.getByRole('log')).toContainText('Yes, with a view of the garden.');

    const settings = await page.request.get(`${server.url}/api/v1/settings`);
    expect(await settings.json()).toMatchObject({ provider_name: 'Accueil & Cie', provider_zone: 'Indian/Reunion' });

    // The link works once.
    await page.goto(server.firstRun);
    await expect(page.getByRole('heading', { name: 'The set-up is done' })).toBeVisible();
  } finally {
    await server.stop();
  }
});
