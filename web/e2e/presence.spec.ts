// A client says from its telephone who answers: the board and the desk see it at once, and one press takes it back.
import { expect, test, type Page } from '@playwright/test';

import { holdsInBothLooks } from './axe';
import { answer, ringing, signIn, startShift } from './desk';
import { chatQueue, Office, PASSWORD, period } from './office';
import { Server } from './server';
import { Site, Visitor } from './site';

const CLIENT = 'Hotel Saint-Roch';

/** Keeps how a screen looks, wide and on a telephone, when somebody wants to look. */
async function looks(page: Page, name: string, whole = true): Promise<void> {
  const folder = process.env['SHOTS'];
  const was = page.viewportSize();
  for (const [size, width] of [['wide', 1280], ['phone', 390]] as const) {
    if (!folder) break;
    await page.setViewportSize({ width, height: 900 });
    await page.screenshot({ path: `${folder}/${name}-${size}.png` });
  }
  if (was) await page.setViewportSize(was);
  if (whole) await holdsInBothLooks(page);
}

test('a client is back, and nothing new is taken until it says otherwise', async ({ browser }) => {
  test.setTimeout(150_000);
  const [server, site] = [await Server.start(), await Site.open()];
  let office: Office | undefined;
  const as = async (login: string, viewport = { width: 1280, height: 800 }) => {
    const page = await (await browser.newContext({ viewport })).newPage();
    await signIn(page, server.url, login);
    return page;
  };
  try {
    office = await Office.open(server);
    const [pool, always, client] = [await office.pool('Hotel pool'), await office.calendar('Always'), await office.client(CLIENT)];
    const queue = chatQueue('Reception');
    await office.contract(client.id, always.id, [period('Always', { kind: 'always' }, { kind: 'shared', pools: [pool.id] })], { queues: [queue] });
    await office.agent('Anna Roux', { pools: [pool.id], sign_offs: [client.id] });
    for (const [login, role] of [['maud', 'client_manager'], ['rita', 'client_reader']]) {
      await office.ask('POST', '/users', { login, name: login === 'maud' ? 'Maud Petit' : 'Rita Blanc', role, client: client.id, agent: null, language: 'en', password: PASSWORD });
    }
    site.carry((await office.widget(client.id, [queue.id], [site.origin])).snippet);
    await office.goLive(client.id);
    const desk = await (await browser.newContext()).newPage();
    await startShift(desk, server.url, 'anna');
    const visitor = await new Visitor(await (await browser.newContext()).newPage()).lookInside();
    await visitor.open(site.origin);
    await visitor.begin('My room is cold', 'Lou');
    await expect(ringing(desk, CLIENT)).toBeVisible();
    await answer(desk, 'Lou');
    const board = await as('admin');
    await board.goto(`${server.url}/board`);

    const maud = await as('maud', { width: 390, height: 844 });
    await maud.getByRole('navigation').getByRole('link', { name: 'Hours' }).click();
    const now = maud.getByRole('region', { name: 'Now' });
    await expect(now).toContainText('The provider answers');
    await expect(now.getByRole('button', { name: 'We are away: please answer' })).toBeDisabled();
    await expect(now).toContainText('agreed in the contract');
    await looks(maud, 'presence');
    await now.getByRole('button', { name: 'We are back: you need not answer' }).click();
    await looks(maud, 'presence-until', false);
    await maud.getByRole('dialog').getByRole('button', { name: /^For two hours/ }).click();
    await expect(now).toContainText('You answer yourselves until');
    await expect(now).toContainText('Said by Maud Petit');
    await looks(maud, 'presence-said');

    // The board and the desk see it at once; the widget of the next visitor says that it is closed.
    await expect(board.getByRole('row', { name: new RegExp(CLIENT) })).toContainText('answers itself until');
    await expect(desk.getByText(/The client answers itself until .*Maud Petit/)).toBeVisible();
    const rita = await as('rita');
    await rita.goto(`${server.url}/hours`);
    await expect(rita.getByRole('region', { name: 'Now' })).toContainText('You answer yourselves until');
    await expect(rita.getByRole('button', { name: 'Back to the hours' })).toHaveCount(0);

    // One press takes it back.
    await now.getByRole('button', { name: 'Back to the hours' }).click();
    await expect(now).toContainText('The provider answers');
    await expect(board.getByRole('row', { name: new RegExp(CLIENT) })).not.toContainText('answers itself');
    await expect(desk.getByText(/The client answers itself/)).toHaveCount(0);

    // The provider’s people may say either.
    await board.goto(`${server.url}/admin/clients/${client.id}/presence`);
    await expect(board.getByRole('region', { name: 'Now' })).toContainText('We answer');
    await expect(board.getByRole('button', { name: 'We answer for them' })).toBeEnabled();
    await looks(board, 'presence-provider');
  } finally {
    await office?.close();
    await Promise.all(browser.contexts().map((context) => context.close()));
    await Promise.all([site.close(), server.stop()]);
  }
});
