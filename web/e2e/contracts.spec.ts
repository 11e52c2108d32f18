// Three clients at once, under the three contracts: who is offered whose chats, and when that changes.
import { expect, test, type Browser, type BrowserContext, type Page } from '@playwright/test';

import { instantIn } from '../app/admin/contract/zone';
import { answer, ringing, startShift } from './desk';
import { chatQueue, Office, period, ZONE } from './office';
import { Server } from './server';
import { Site, Visitor } from './site';

/** The next Monday after today in the clients' zone, as `YYYY-MM-DD`. */
function nextMonday(): string {
  const day = new Date();
  do day.setUTCDate(day.getUTCDate() + 1);
  while (day.getUTCDay() !== 1);
  return day.toISOString().slice(0, 10);
}

/** Three clients with a site each, and three agents: one in the pool, one in each team. */
async function furnish(server: Server, sites: { shop: Site; clinic: Site; hotel: Site }): Promise<void> {
  const office = await Office.open(server, 'Lumière Shop');
  const [widget] = await office.ask<[(typeof office.first)['widget']]>('GET', `/clients/${office.first.client}/widgets`);
  await office.allow(widget, [sites.shop.origin]);
  sites.shop.carry(widget.snippet);
  const [pool] = await office.ask<{ id: string }[]>('GET', '/pools');
  if (!pool) throw new Error('the first run made no pool for a shared client');
  const open = await office.calendar('Always');

  const clinic = await office.client('Clinic Vert');
  const nurses = await office.team('Clinic team', clinic.id);
  const clinicQueue = chatQueue('Clinic');
  await office.contract(clinic.id, open.id, [period('Always', { kind: 'always' }, { kind: 'dedicated', team: nurses.id })], { queues: [clinicQueue] });

  const hotel = await office.client('Hotel Saint-Roch');
  const porters = await office.team('Hotel team', hotel.id);
  const hotelQueue = chatQueue('Hotel');
  const officeHours = { days: ['monday' as const, 'tuesday' as const, 'wednesday' as const, 'thursday' as const, 'friday' as const], from: '09:00', until: '18:00' };
  await office.contract(
    hotel.id, open.id,
    [
      period('Office hours', { kind: 'weekly', weekly: [officeHours] }, { kind: 'dedicated', team: porters.id }),
      period('Evenings', { kind: 'otherwise' }, { kind: 'shared', pools: [pool.id] }),
    ],
    { queues: [hotelQueue] },
  );

  await office.agent('Petra Pool', { pools: [pool.id], sign_offs: [office.first.client, clinic.id, hotel.id] });
  await office.agent('Dora Clinic', { team: nurses.id, sign_offs: [clinic.id] });
  await office.agent('Hugo Hotel', { team: porters.id, sign_offs: [hotel.id] });
  for (const [client, queue, site] of [[clinic.id, clinicQueue.id, sites.clinic], [hotel.id, hotelQueue.id, sites.hotel]] as const) {
    site.carry((await office.widget(client, [queue], [site.origin])).snippet);
    await office.goLive(client);
  }
  await office.close();
}

async function at(browser: Browser, contexts: BrowserContext[]): Promise<Page> {
  const context = await browser.newContext();
  contexts.push(context);
  return context.newPage();
}

test('three clients’ chats reach the right people, and the hybrid one changes over at its hour', async ({ browser }) => {
  test.setTimeout(180_000);
  const server = await Server.start(['--test-clock']);
  const sites = { shop: await Site.open(), clinic: await Site.open(), hotel: await Site.open() };
  const contexts: BrowserContext[] = [];
  try {
    const monday = nextMonday();
    await server.moveTo(instantIn(`${monday}T17:40`, ZONE));
    await furnish(server, sites);
    const [petra, dora, hugo] = [await at(browser, contexts), await at(browser, contexts), await at(browser, contexts)];
    await startShift(petra, server.url, 'petra');
    await startShift(dora, server.url, 'dora');
    await startShift(hugo, server.url, 'hugo');
    const desks = { petra, dora, hugo };

    const comes = async (site: Site, client: string, name: string, to: keyof typeof desks) => {
      const visitor = await new Visitor(await at(browser, contexts)).lookInside();
      await visitor.open(site.origin);
      await visitor.begin(`${name} has a question`, name);
      await expect(ringing(desks[to], client)).toBeVisible();
      for (const [who, desk] of Object.entries(desks)) if (who !== to) await expect(ringing(desk, client)).toHaveCount(0);
      await answer(desks[to], name);
      await expect(visitor.chat.getByRole('main')).toContainText(/You are talking with/);
    };

    // Within office hours: pool, own team, own team.
    await comes(sites.shop, 'Lumière Shop', 'Sam', 'petra');
    await comes(sites.clinic, 'Clinic Vert', 'Cleo', 'dora');
    await comes(sites.hotel, 'Hotel Saint-Roch', 'Hana', 'hugo');

    // From six in the evening on, the hotel's chats are the pool's; the clinic's never are.
    await server.moveTo(instantIn(`${monday}T18:00`, ZONE));
    await comes(sites.hotel, 'Hotel Saint-Roch', 'Nils', 'petra');
    await comes(sites.clinic, 'Clinic Vert', 'Vera', 'dora');
    await comes(sites.shop, 'Lumière Shop', 'Sven', 'petra');
  } finally {
    await Promise.all(contexts.map((context) => context.close()));
    await Promise.all(Object.values(sites).map((site) => site.close()));
    await server.stop();
  }
});
