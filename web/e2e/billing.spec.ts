// A tariff is written in the contract; a chat is answered at the desk, and its line is in the client's statement,
// on the invoice when the month is over, and disputed.
import { expect, test } from '@playwright/test';

import { holdsInBothLooks } from './axe';
import { answer, ringing, signIn, startShift, write } from './desk';
import { chatQueue, midNextMonth, Office, PASSWORD, period } from './office';
import { Server } from './server';
import { Site, Visitor } from './site';

const CLIENT = 'Hotel Saint-Roch';
const shot = (name: string) => `${process.env['SHOTS'] ?? ''}/${name}.png`;

test('from the tariff through a chat to its line on the invoice, and the answer to a dispute', async ({ browser }) => {
  test.setTimeout(240_000);
  const [server, site] = [await Server.start(['--test-clock']), await Site.open()];
  let office: Office | undefined;
  const newPage = async () => (await browser.newContext()).newPage();
  try {
    office = await Office.open(server);
    const [pool, always, client] = [await office.pool('Hotel pool'), await office.calendar('Always'), await office.client(CLIENT)];
    const queue = chatQueue('Reception');
    const terms = period('Always', { kind: 'always' }, { kind: 'shared', pools: [pool.id] });
    await office.contract(client.id, always.id, [terms], { queues: [queue], dispositions: [{ id: crypto.randomUUID(), label: 'Booked' }, { id: crypto.randomUUID(), label: 'Spam' }] });
    await office.agent('Anna Roux', { pools: [pool.id], sign_offs: [client.id] });
    await office.ask('POST', '/users', { login: 'maud', name: 'Maud Petit', role: 'client_manager', client: client.id, agent: null, language: 'en', password: PASSWORD });
    site.carry((await office.widget(client.id, [queue.id], [site.origin])).snippet);
    await office.goLive(client.id);

    // The tariff, by hand; what is wrong with it is told while it is written.
    const admin = await newPage();
    await signIn(admin, server.url, 'admin');
    await admin.goto(`${server.url}/admin/clients/${client.id}/contract`);
    const tariff = admin.getByRole('region', { name: 'Tariff', exact: true });
    await tariff.getByRole('switch', { name: 'A tariff is agreed' }).check();
    await tariff.getByRole('button', { name: 'Add a charge' }).click();
    await expect(tariff.getByText('It has no name. Give it the name that shall stand on the invoice.')).toBeVisible();
    await tariff.getByLabel('Name', { exact: true }).fill('Chats');
    await tariff.getByLabel('Price of a minute').fill('1.75');
    await tariff.getByRole('switch', { name: 'Something is included' }).check();
    await tariff.getByRole('textbox', { name: 'Included' }).fill('100');
    await tariff.getByLabel('Fee', { exact: true }).fill('50');
    await expect(tariff.getByText('Chats: €1.75 a minute')).toContainText('100 min are included for €50.00');
    await holdsInBothLooks(admin);
    if (process.env['SHOTS']) await tariff.screenshot({ path: shot('tariff') });
    await admin.getByRole('button', { name: 'Publish' }).click();
    await admin.getByRole('button', { name: 'Publish version' }).or(admin.getByRole('dialog').getByRole('button', { name: /^Publish/ })).first().click();
    await expect(admin.getByText('Version 2 is published')).toBeVisible();

    // A chat, answered and wrapped up.
    const anna = await newPage();
    await startShift(anna, server.url, 'anna');
    const visitor = await new Visitor(await newPage()).lookInside();
    await visitor.open(site.origin);
    await visitor.begin('My room is cold', 'Lou');
    await expect(ringing(anna, CLIENT)).toBeVisible();
    await answer(anna, 'Lou');
    await write(anna, 'Lou', 'Somebody comes at once.');
    await anna.keyboard.press('Shift+F4');
    await anna.getByRole('button', { name: 'End the conversation' }).click();
    const wrapUp = anna.getByRole('form', { name: 'Wrap-up' });
    await wrapUp.getByText('Booked').click();
    await anna.keyboard.press('Control+Enter');
    await expect(anna.getByText('You are available')).toBeVisible();

    // The client's manager sees it at once: one line, out of the bundle, down to its timeline.
    const maud = await newPage();
    await signIn(maud, server.url, 'maud');
    await maud.getByRole('navigation').getByRole('link', { name: 'Billing' }).click();
    const lines = maud.getByRole('table', { name: 'Lines' });
    await expect(lines.getByRole('row')).toHaveCount(2);
    await expect(lines).toContainText('Chats · Included');
    await expect(maud.getByRole('table', { name: 'Positions' })).toContainText('Bundle: Chats');
    await holdsInBothLooks(maud);
    if (process.env['SHOTS']) await maud.screenshot({ path: shot('statement'), fullPage: true });
    await lines.getByRole('button').click();
    const why = maud.getByRole('dialog', { name: 'Why this line' });
    await expect(why.getByText('It was answered.')).toBeVisible();
    await expect(why).toContainText('Rated as “Chats” by version 2 of the contract.');
    await expect(why.getByRole('table')).toContainText('Anna');
    await holdsInBothLooks(maud);
    if (process.env['SHOTS']) await maud.screenshot({ path: shot('explain') });
    await why.getByRole('link', { name: 'Open the contact' }).click();
    await expect(maud.getByRole('heading', { name: /Lou/ })).toBeVisible();

    // The month is over: it is drafted and read with all others that are due, and issued.
    const party = (legal_name: string, vat: string) => ({ legal_name, street: '1 quai de la Fosse', postcode: '44000', city: 'Nantes', country: 'FR', vat, registration: '', email: '' });
    await office.ask('PUT', '/billing-details', {
      party: party('Accueil & Cie SAS', 'FR40303265045'), iban: 'FR14 2004 1010 0505 0001 3M02 606', bic: '', payment_days: 30, series: 'INV', credit_series: 'CN', footer: '', version: 0,
    });
    await office.ask('PUT', `/clients/${client.id}/billing-details`, { party: party('Hôtel Saint-Roch SARL', ''), language: 'fr', reference: 'PO 77', untaxed: 'exempt', version: 0 });
    await server.moveTo(midNextMonth());
    const owner = await newPage();
    await signIn(owner, server.url, 'admin');
    await owner.goto(`${server.url}/admin/invoices`);
    const due = owner.getByRole('region', { name: 'Billing run' });
    await expect(due.getByRole('table')).toContainText(CLIENT);
    await holdsInBothLooks(owner);
    if (process.env['SHOTS']) await owner.screenshot({ path: shot('billing-run'), fullPage: true });
    await due.getByRole('button', { name: 'Draft 1 invoice' }).click();
    await expect(due.getByText('Done: 1 of 1.')).toBeVisible();
    await owner.getByRole('radiogroup', { name: 'State' }).getByText('Draft', { exact: true }).click();
    await owner.getByRole('button', { name: 'Mark 1 as reviewed' }).click();
    await expect(owner.getByText('Done: 1 of 1.').last()).toBeVisible();
    await owner.goto(`${server.url}/admin/clients/${client.id}/billing`);
    await owner.getByRole('radiogroup', { name: 'Billing' }).getByText('Invoices').click();
    await owner.getByRole('table', { name: 'Invoices' }).getByRole('button').click();
    await expect(owner.getByRole('heading', { name: 'Invoice not numbered yet' })).toBeVisible();
    await expect(owner.getByRole('table', { name: 'Items' })).toContainText('Bundle: Chats');
    await owner.getByRole('button', { name: 'Issue…' }).click();
    await owner.getByRole('dialog').getByRole('button', { name: 'Issue…' }).click();
    await expect(owner.getByRole('heading', { name: 'Invoice INV-000001' })).toBeVisible();
    await expect(owner.getByText('Rated again today, it is the same.')).toBeVisible();
    await holdsInBothLooks(owner);
    if (process.env['SHOTS']) await owner.screenshot({ path: shot('invoice'), fullPage: true });

    // None of its lines is free. It is paid, and the debit comes back: it is open again.
    const which = owner.getByRole('radiogroup', { name: 'Lines' });
    await which.getByText('Not billed').click();
    await expect(owner.getByText('No lines')).toBeVisible();
    await which.getByText('Billed', { exact: true }).click();
    await expect(owner.getByRole('table', { name: 'Lines' }).getByRole('row')).toHaveCount(2);
    await owner.getByRole('button', { name: 'Mark as paid…' }).click();
    await owner.getByRole('dialog').getByRole('button', { name: 'Mark as paid…' }).click();
    await owner.getByRole('button', { name: 'Not paid after all' }).click();
    await expect(owner.getByText('INV-000001 is open again.')).toBeVisible();
    await expect(owner.getByRole('button', { name: 'Mark as paid…' })).toBeVisible();

    // The client has it, with its files, and disputes the line.
    const reader = await newPage();
    await signIn(reader, server.url, 'maud');
    await reader.getByRole('navigation').getByRole('link', { name: 'Billing' }).click();
    await reader.getByRole('radiogroup', { name: 'Billing' }).getByText('Invoices').click();
    await holdsInBothLooks(reader);
    if (process.env['SHOTS']) await reader.screenshot({ path: shot('invoices'), fullPage: true });
    await reader.getByRole('button', { name: 'INV-000001' }).click();
    const [file] = await Promise.all([reader.waitForEvent('download'), reader.getByRole('link', { name: 'PDF' }).click()]);
    expect(file.suggestedFilename()).toBe('INV-000001.pdf');
    if (process.env['SHOTS']) await file.saveAs(`${process.env['SHOTS']}/invoice.pdf`);
    await reader.getByRole('button', { name: 'Dispute' }).click();
    await reader.getByRole('dialog').getByLabel('What is wrong with this line?').fill('That was a test of ours.');
    if (process.env['SHOTS']) await reader.screenshot({ path: shot('dispute') });
    await reader.getByRole('dialog').getByRole('button', { name: 'Send' }).click();
    await expect(reader.getByText('That was a test of ours.')).toBeVisible();

    // It is answered, and both see the credit note.
    // It waits among the open disputes of all clients, and leads to its invoice.
    await owner.goto(`${server.url}/admin/invoices`);
    const waiting = owner.getByRole('region', { name: 'Disputes that wait for an answer' });
    await expect(waiting).toContainText('That was a test of ours.');
    await holdsInBothLooks(owner);
    if (process.env['SHOTS']) await owner.screenshot({ path: shot('invoices-provider'), fullPage: true });
    await waiting.getByRole('button').click();
    await expect(owner).toHaveURL(/invoice=/);
    // The line that it is about stands with it, and leads to what happened.
    const disputed = owner.getByRole('region', { name: 'Disputes' }).getByRole('button', { name: /Chats/ });
    await disputed.click();
    await expect(owner.getByRole('dialog')).toContainText('Chats');
    await owner.keyboard.press('Escape');
    await holdsInBothLooks(owner);
    if (process.env['SHOTS']) await owner.screenshot({ path: shot('dispute-answer'), fullPage: true });
    await owner.getByLabel('Answer').fill('You are right.');
    await owner.getByLabel('Give back before tax').fill('1.5');
    await owner.getByRole('button', { name: 'Accept and credit' }).click();
    await expect(owner.getByRole('button', { name: /^CN-000001/ })).toBeVisible();
    // The open invoice is in the address: a reload shows it again.
    await reader.reload();
    await expect(reader.getByRole('button', { name: /^CN-000001/ })).toBeVisible();
    await reader.getByRole('button', { name: 'All invoices' }).click();
    await expect(reader.getByRole('button', { name: 'CN-000001' })).toBeVisible();
  } finally {
    await office?.close();
    await Promise.all(browser.contexts().map((context) => context.close()));
    await Promise.all([site.close(), server.stop()]);
  }
});
