// A chat from the first word on a client's page to the report, and what a weak network does to it.
import { expect, test, type BrowserContext, type Page, type WebSocketRoute } from '@playwright/test';

import { answer, ringing, signIn, startShift, write } from './desk';
import { chatQueue, Office, period } from './office';
import { Server } from './server';
import { Site, Visitor } from './site';

const CLIENT = 'Hotel Saint-Roch';
let server: Server;
let office: Office;
let site: Site;
let closedSite: Site;
let contexts: BrowserContext[] = [];

test.beforeAll(async () => {
  server = await Server.start();
  site = await Site.open();
  closedSite = await Site.open();
  office = await Office.open(server);
  const pool = await office.pool('Hotel pool');
  const always = await office.calendar('Always');
  const client = await office.client(CLIENT);
  const queue = chatQueue('Reception', { protocol: 'Ask for the room number.', greeting: [{ language: 'en', text: 'Good day, reception speaking.' }] });
  const terms = period('Always', { kind: 'always' }, { kind: 'shared', pools: [pool.id] });
  await office.contract(client.id, always.id, [terms], { queues: [queue], dispositions: [{ id: crypto.randomUUID(), label: 'Booked' }, { id: crypto.randomUUID(), label: 'Question answered' }] });
  for (const name of ['Anna Roux', 'Ben Stark', 'Cara Lind']) await office.agent(name, { pools: [pool.id], sign_offs: [client.id] });
  site.carry((await office.widget(client.id, [queue.id], [site.origin])).snippet);
  await office.goLive(client.id);

  // A client that is open for one minute of the week only, and not now.
  const shut = await office.client('Night Owl');
  const soon = new Date(Date.now() + 3 * 86_400_000);
  const day = (['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const)[soon.getUTCDay()] ?? 'monday';
  const hours = await office.calendar('Rarely', { weekly: [{ days: [day], from: '12:00', until: '12:01' }] });
  const shutQueue = chatQueue('Owl');
  await office.contract(shut.id, hours.id, [terms], { queues: [shutQueue] });
  const [anna] = (await office.ask<{ items: { id: string; name: string; sign_offs: string[] }[] }>('GET', '/agents?q=Anna')).items;
  if (!anna) throw new Error('there is no agent Anna');
  await office.changeAgent(anna.id, { sign_offs: [...anna.sign_offs, shut.id] });
  closedSite.carry((await office.widget(shut.id, [shutQueue.id], [closedSite.origin])).snippet);
  await office.goLive(shut.id);
});

test.afterEach(async () => {
  await Promise.all(contexts.map((context) => context.close()));
  contexts = [];
});

test.afterAll(async () => {
  await office?.close();
  await Promise.all([site?.close(), closedSite?.close(), server?.stop()]);
});

test.beforeEach(({ browser }) => {
  newPage = async () => {
    const context = await browser.newContext();
    contexts.push(context);
    return context.newPage();
  };
});
let newPage: () => Promise<Page>;

test('a chat is offered, answered by keyboard, transferred, wrapped up and reported', async () => {
  test.setTimeout(150_000);
  const [anna, ben] = [await newPage(), await newPage()];
  await startShift(anna, server.url, 'anna');
  const visitor = await new Visitor(await newPage()).lookInside();
  await visitor.open(site.origin);
  await visitor.begin('My room is cold', 'Lou');
  await expect(visitor.chat.getByText(/You are next|Somebody is free|answered by a person|less than a minute/).first()).toBeVisible();

  // For whom, and the words to say, before anything is answered.
  await expect(ringing(anna, CLIENT)).toBeVisible();
  await expect(anna.getByText('Good day, reception speaking.').first()).toBeVisible();
  await expect(anna.getByText('Ask for the room number.').first()).toBeVisible();
  await answer(anna, 'Lou');
  await expect(visitor.chat.getByText('You are talking with Anna')).toBeVisible();

  // Words both ways, typing both ways, read marks both ways.
  await write(anna, 'Lou', 'Good day Lou, which room is it?');
  await expect(visitor.chat.getByRole('log')).toContainText('Good day Lou, which room is it?');
  await expect(anna.getByRole('log').getByText('Read').first()).toBeVisible();
  await visitor.page.bringToFront();
  await visitor.chat.getByRole('textbox', { name: 'Write a message' }).pressSequentially('Room 12');
  await expect(anna.getByText('Lou is typing…')).toBeVisible();
  await visitor.page.keyboard.press('Enter');
  await expect(anna.getByRole('log')).toContainText('Room 12');
  await anna.bringToFront();
  await expect(async () => {
    // Typing is said again every few seconds while somebody types.
    await anna.getByRole('textbox', { name: 'Message to Lou' }).pressSequentially('One mo');
    await expect(visitor.chat.getByText('Anna is typing…')).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 15_000 });
  await expect(visitor.chat.getByText('Read', { exact: true })).toBeVisible();
  await anna.getByRole('textbox', { name: 'Message to Lou' }).fill('');

  // A file, with its limit said beforehand, and a kind that is not taken.
  await expect(visitor.chat.getByRole('button', { name: /Send a file, at most/ })).toBeVisible();
  const picker = visitor.chat.locator('input[type=file]');
  await picker.setInputFiles({ name: 'window.txt', mimeType: 'text/plain', buffer: Buffer.from('The window does not close.') });
  await expect(anna.getByRole('link', { name: /window\.txt/ })).toBeVisible();
  await picker.setInputFiles({ name: 'tool.exe', mimeType: 'application/octet-stream', buffer: Buffer.from('MZ\u0090\0\u0003\0\0\0') });
  await expect(visitor.chat.getByRole('alert')).toBeVisible();

  // To a colleague, who sees all of it.
  await startShift(ben, server.url, 'ben');
  await anna.bringToFront();
  await anna.keyboard.press('F9');
  await anna.getByRole('button', { name: 'Transfer to Ben Stark' }).click();
  await expect(ringing(ben, CLIENT)).toBeVisible();
  await answer(ben, 'Lou');
  await expect(ben.getByRole('log')).toContainText('Room 12');
  await write(ben, 'Lou', 'Ben here, somebody is on the way.');
  await expect(visitor.chat.getByText('You are talking with Ben')).toBeVisible();
  await expect(visitor.chat.getByRole('log')).toContainText('Ben here, somebody is on the way.');

  // The end, and the work after it.
  await ben.keyboard.press('Shift+F4');
  await ben.getByRole('button', { name: 'End the conversation' }).click();
  await expect(visitor.chat.getByText('This conversation has ended').first()).toBeVisible();
  await expect(visitor.chat.getByRole('log')).toContainText('Room 12');
  const wrapUp = ben.getByRole('form', { name: 'Wrap-up' });
  await wrapUp.getByText('Question answered').click();
  await wrapUp.getByLabel('Note for the next colleague').fill('Heating repaired');
  await ben.keyboard.press('Control+Enter');
  await expect(ben.getByText('You are available')).toBeVisible();

  // The board and the reports say the same.
  const lead = await newPage();
  await signIn(lead, server.url, 'admin');
  await lead.goto(`${server.url}/board`);
  await expect(lead.getByRole('row').filter({ hasText: CLIENT }).first()).toContainText('1');
  await lead.goto(`${server.url}/contacts`);
  await expect(lead.getByRole('row').filter({ hasText: 'Lou' })).toContainText(CLIENT);
});

/** Stands between a page and the server, and cuts the line when told. */
async function weakLink(page: Page) {
  const lines = new Set<{ page: WebSocketRoute; server: WebSocketRoute }>();
  const said: string[] = [];
  let down = false;
  let swallow: ((text: string) => boolean) | undefined;
  await page.routeWebSocket(/\/widget\/v1\/socket/, (socket) => {
    if (down) return void socket.close();
    const line = { page: socket, server: socket.connectToServer() };
    lines.add(line);
    socket.onMessage((text) => {
      said.push(String(text));
      line.server.send(text);
    });
    line.server.onMessage((text) => {
      if (!swallow?.(String(text))) socket.send(text);
    });
  });
  const cut = async () => {
    const all = [...lines];
    lines.clear();
    await Promise.all(all.flatMap((line) => [line.server.close(), line.page.close()]));
  };
  return {
    said,
    cut,
    down: async () => {
      down = true;
      await cut();
    },
    up: () => {
      down = false;
    },
    /** Loses what the server says as long as this holds. */
    lose: (what: ((text: string) => boolean) | undefined) => {
      swallow = what;
    },
  };
}

test('a line that breaks loses nothing and doubles nothing', async () => {
  test.setTimeout(120_000);
  const cara = await newPage();
  await startShift(cara, server.url, 'cara');
  const visitor = await new Visitor(await newPage()).lookInside();
  const link = await weakLink(visitor.page);
  await visitor.open(site.origin);
  await visitor.begin('First words', 'Kim');
  await expect(ringing(cara, CLIENT)).toBeVisible();
  await answer(cara, 'Kim');
  await visitor.page.bringToFront();

  // The message arrives, its acknowledgement does not: it is sent again and stays one.
  link.lose((text) => text.includes('"ack"') || text.includes('said twice'));
  await visitor.say('said twice');
  await expect(cara.getByRole('log')).toContainText('said twice');
  await link.cut();
  link.lose(undefined);
  await expect(visitor.chat.getByRole('log').getByText('Sent', { exact: true }).or(visitor.chat.getByRole('log').getByText('Read', { exact: true }))).toBeVisible();
  await expect(visitor.chat.getByRole('log').getByText('said twice')).toHaveCount(1);
  await expect(cara.getByRole('log').getByText('said twice')).toHaveCount(1);

  // While the line is down, both sides write.
  await link.down();
  await expect(visitor.chat.getByText('Connection lost. Trying again…')).toBeVisible();
  await visitor.say('written in the tunnel');
  await expect(visitor.chat.getByRole('log')).toContainText('Sending…');
  await write(cara, 'Kim', 'written meanwhile');
  link.up();
  await expect(visitor.chat.getByRole('log')).toContainText('written meanwhile', { timeout: 30_000 });
  await expect(cara.getByRole('log')).toContainText('written in the tunnel');
  await expect(visitor.chat.getByRole('log').getByText('written in the tunnel')).toHaveCount(1);
  await expect(cara.getByRole('log').getByText('written in the tunnel')).toHaveCount(1);

  // Another page of the site: the conversation is still there, and what comes meanwhile is counted.
  await visitor.launcher.click();
  await visitor.page.getByRole('link', { name: 'Order' }).click();
  await expect(visitor.page).toHaveURL(/order/);
  await write(cara, 'Kim', 'are you there?');
  await expect(visitor.page.getByRole('button', { name: 'Open chat, 1 unread' })).toBeVisible();
  await visitor.launcher.click();
  await expect(visitor.chat.getByRole('log')).toContainText('are you there?');
  await expect(visitor.chat.getByRole('log').getByText('said twice')).toHaveCount(1);

  // The visitor ends it and begins anew.
  await visitor.chat.getByRole('button', { name: 'End conversation' }).click();
  await visitor.chat.getByRole('button', { name: 'End it' }).click();
  await visitor.chat.getByRole('button', { name: 'New conversation' }).click();
  await expect(visitor.chat.getByLabel('Your message')).toBeVisible();
});

test('the whole chat works by the keyboard alone', async () => {
  const page = await newPage();
  await page.goto(site.origin);
  // Nothing looks inside here: the launcher is reached as a visitor reaches it.
  await page.getByRole('link', { name: 'Order' }).focus();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.frames().find((frame) => frame.url().includes('/widget/v1/frame.html'))?.url()).toBeTruthy();
  const frame = page.frames().find((one) => one.url().includes('/widget/v1/frame.html'));
  if (!frame) throw new Error('the frame is gone');
  await expect(frame.getByLabel('Your message')).toBeFocused();
  await page.keyboard.type('By keyboard');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await expect(frame.getByRole('button', { name: 'Start chat' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(frame.getByRole('log')).toContainText('By keyboard');
  await expect(frame.getByRole('textbox', { name: 'Write a message' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(frame.getByRole('log')).toBeHidden();
});

test('a page that is not among the widget’s addresses shows no chat, and says so to its owner', async () => {
  const stranger = await Site.open();
  try {
    stranger.carry(await (await fetch(site.origin)).text().then((html) => /<script async.*?<\/script>/.exec(html)?.[0] ?? ''));
    const visitor = await new Visitor(await newPage()).lookInside();
    const told: string[] = [];
    visitor.page.on('console', (message) => told.push(message.text()));
    await visitor.open(stranger.origin);
    await expect(visitor.page.getByText('Chat is not available on this page.')).toBeVisible({ timeout: 15_000 });
    expect(told.join('\n')).toContain(`Add ${stranger.origin} to the widget’s addresses`);
  } finally {
    await stranger.close();
  }
});

test('outside the hours a message is left', async () => {
  const visitor = await new Visitor(await newPage()).lookInside();
  await visitor.open(closedSite.origin);
  await expect(visitor.chat.getByRole('heading', { name: 'We are closed at the moment' })).toBeVisible();
  await expect(visitor.chat.getByText(/Opening:/)).toBeVisible();
  await visitor.chat.getByRole('button', { name: 'Send message' }).click();
  await expect(visitor.chat.getByText(/Enter an e-mail address such as/)).toBeVisible();
  await visitor.chat.getByLabel('Your message').fill('Please call me back');
  await visitor.chat.getByLabel('Your e-mail').fill('lou@example.org');
  await visitor.chat.getByRole('button', { name: 'Send message' }).click();
  await expect(visitor.chat.getByRole('heading', { name: 'Your message is safely with us' })).toBeVisible();
});
