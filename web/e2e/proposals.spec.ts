// A client's manager wishes for another protocol; the provider accepts it; then the contract is theirs.
import { expect, test, type Page } from '@playwright/test';

import type { AgreedContract } from '../app/api/types';
import { holdsInBothLooks } from './axe';
import { signIn } from './desk';
import { Office, PASSWORD } from './office';
import { Server } from './server';

async function become(page: Page, server: Server, login: string): Promise<void> {
  await page.context().clearCookies();
  await signIn(page, server.url, login);
}

test('what a client proposes is accepted, and what is the client’s is published', async ({ page }) => {
  test.setTimeout(120_000);
  const server = await Server.start();
  let office: Office | undefined;
  try {
    office = await Office.open(server, 'Boutique Lumière');
    const { client } = office.first;
    await office.ask('POST', '/users', { login: 'maud', name: 'Maud Petit', role: 'client_manager', client, agent: null, language: 'en', password: PASSWORD });

    await signIn(page, server.url, 'maud');
    await page.getByRole('navigation').getByRole('link', { name: 'Contract' }).click();
    await expect(page.getByText('The provider changes this contract.')).toBeVisible();
    await expect(page.getByText('No proposals')).toBeVisible();
    await holdsInBothLooks(page);
    await page.getByLabel('Protocol').fill('Ask for the order number first.');
    await page.getByRole('button', { name: 'Send as a proposal' }).click();
    await expect(page.getByRole('alert')).toContainText('The proposal has 1 fault');
    await page.getByRole('textbox', { name: 'What changes and why' }).fill('Orders are found faster so.');
    await page.getByRole('button', { name: 'Send as a proposal' }).click();
    const own = page.getByRole('region', { name: /^Proposal of Maud Petit/ });
    await expect(own).toContainText('Open');
    await expect(own.getByRole('table')).toContainText('Ask for the order number first.');
    await holdsInBothLooks(page);
    if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/proposal-client.png`, fullPage: true });

    await become(page, server, 'admin');
    await page.goto(`${server.url}/admin/clients`);
    await page.getByRole('link', { name: '1 proposal', exact: true }).click();
    const asked = page.getByRole('region', { name: /^Proposal of Maud Petit/ });
    await expect(asked).toContainText('Orders are found faster so.');
    await holdsInBothLooks(page);
    await asked.getByRole('button', { name: 'Refuse' }).click();
    await expect(asked).toContainText('A refusal needs a reason');
    await asked.getByLabel('Answer to the client').fill('With pleasure.');
    if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/proposal-provider.png`, fullPage: true });
    await asked.getByRole('button', { name: 'Accept and publish' }).click();
    await expect(asked).toContainText('It is version 2.');

    // The provider gives the client control of every period.
    const agreed = await office.ask<AgreedContract>('GET', `/clients/${client}/contract`);
    const periods = agreed.terms.periods.map((period) => ({ ...period, control: 'client' as const }));
    await office.ask('POST', `/clients/${client}/contracts`, { based_on: agreed.version, note: '', valid_from: null, terms: { ...agreed.terms, periods } });

    await become(page, server, 'maud');
    await page.goto(`${server.url}/contract`);
    await expect(page.getByText('You change this contract yourself.')).toBeVisible();
    await expect(page.getByRole('region', { name: /^Proposal of Maud Petit/ })).toContainText('With pleasure.');
    await expect(page.getByLabel('Protocol')).toHaveValue('Ask for the order number first.');
    await page.getByLabel('Protocol').fill('Ask for the name first.');
    // What the change comes to is seen before it is published.
    const changes = page.getByRole('table', { name: 'What changes' });
    await expect(changes.getByRole('row')).toHaveCount(2);
    await expect(changes).toContainText('Ask for the order number first.');
    await expect(changes).toContainText('Ask for the name first.');
    await page.getByRole('textbox', { name: 'What changes and why' }).fill('Names are friendlier.');
    await holdsInBothLooks(page);
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    await expect(page.getByText('Version 4 is published.')).toBeVisible();
    await expect(page.getByText(/^Version 4, in force since/)).toBeVisible();

    // Afterwards it stands in the history, where the provider's people have no name, and an older version is taken up again.
    const history = page.getByRole('table', { name: 'History' });
    await expect(history.getByRole('row', { name: /^4 / })).toContainText('Names are friendlier.');
    await expect(history.getByRole('row', { name: /^3 / })).toContainText('the provider');
    await expect(page.getByRole('table', { name: 'Compare' })).toContainText('Ask for the name first.');
    await holdsInBothLooks(page);
    if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/contract-history.png`, fullPage: true });
    await page.getByRole('button', { name: 'Use again the terms of version 3' }).click();
    await expect(page.getByLabel('Protocol')).toHaveValue('Ask for the order number first.');
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    await expect(page.getByText('Version 5 is published.')).toBeVisible();
  } finally {
    await office?.close();
    await server.stop();
  }
});
