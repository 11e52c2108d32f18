// A real call: a carrier's INVITE, a browser that answers, sound both ways, hold, and the recording.
import { expect, test, type Page } from '@playwright/test';

import type { ContactView } from '../app/api/types';
import { Caller } from './caller';
import { signIn } from './desk';
import { chatQueue, Office, period } from './office';
import { Server } from './server';

const CLIENT = 'Hotel Saint-Roch';
const NUMBER = '+33123456789';
let server: Server;
let office: Office;
let callers: Caller[] = [];

test.beforeAll(async () => {
  server = await Server.start([], {
    PERMANENCE_VOICE_SIP: 'udp://127.0.0.1:0', PERMANENCE_VOICE_RTP_PORTS: 'any', PERMANENCE_VOICE_BROWSER_PORT: '0',
  });
  office = await Office.open(server);
  const pool = await office.pool('Hotel pool');
  const always = await office.calendar('Always');
  const client = await office.client(CLIENT);
  const queue = chatQueue('Reception', { channels: ['chat', 'voice'] });
  await office.contract(client.id, always.id, [period('Always', { kind: 'always' }, { kind: 'shared', pools: [pool.id] })], { queues: [queue] });
  await office.agent('Anna Roux', { pools: [pool.id], sign_offs: [client.id], channels: [{ channel: 'chat', max: 3 }, { channel: 'voice', max: 1 }] });
  await office.ask('POST', '/trunks', {
    name: 'Carrier', active: true, server: '', transport: 'udp', addresses: ['127.0.0.1'], register: false, trusted: true,
    number_form: 'e164', calls_max: 10, calls_per_second: 10, priority: 0,
  });
  await office.ask('PUT', `/numbers/${encodeURIComponent(NUMBER)}`, {
    number: NUMBER, client: client.id, label: 'Reception', queue: queue.id, active: true,
  });
  await office.ask('PUT', `/clients/${client.id}/voice`, { record: true, ring_s: 10 });
  await office.goLive(client.id);
});

test.afterEach(async () => {
  await Promise.all(callers.map((caller) => caller.vanish()));
  callers = [];
});

test.afterAll(async () => {
  await office?.close();
  await server?.stop();
});

/** Energy that the browser has heard on its phone so far, and how much of it was made up. */
async function heard(page: Page): Promise<{ energy: number; packets: number }> {
  return page.evaluate(async () => {
    const phone = (window as unknown as { phone: RTCPeerConnection }).phone;
    let found = { energy: 0, packets: 0 };
    (await phone.getStats()).forEach((report: Record<string, unknown>) => {
      if (report['type'] === 'inbound-rtp') found = { energy: Number(report['totalAudioEnergy']), packets: Number(report['packetsReceived']) };
    });
    return found;
  });
}

/** Waits until the browser hears sound, or the lack of it, for two looks in a row. */
async function hears(page: Page, sound: boolean): Promise<void> {
  await expect(async () => {
    const before = await heard(page);
    await expect.poll(async () => (await heard(page)).packets, { timeout: 5_000 }).toBeGreaterThan(before.packets + 50);
    const after = await heard(page);
    expect(after.energy - before.energy > 0.000_5).toBe(sound);
  }).toPass({ timeout: 20_000 });
}

test('a call rings, is answered in the browser, heard both ways, held, taken back, ended and recorded', async ({ page }) => {
  test.setTimeout(120_000);
  await signIn(page, server.url, 'anna');
  await page.goto(`${server.url}/desk`);
  await page.evaluate(async () => {
    const sound = await navigator.mediaDevices.getUserMedia({ audio: true });
    const phone = new RTCPeerConnection();
    const way = phone.addTransceiver(sound.getAudioTracks()[0] ?? 'audio', { direction: 'sendrecv' });
    const codecs = RTCRtpReceiver.getCapabilities('audio')?.codecs ?? [];
    way.setCodecPreferences(codecs.filter(({ mimeType }) => /PCMU|telephone-event/.test(mimeType)));
    phone.ontrack = ({ streams }) => {
      const player = new Audio();
      player.srcObject = streams[0] ?? null;
      void player.play();
    };
    await phone.setLocalDescription(await phone.createOffer());
    await new Promise<void>((done) => {
      if (phone.iceGatheringState === 'complete') done();
      phone.onicegatheringstatechange = () => phone.iceGatheringState === 'complete' && done();
    });
    const session = (await (await fetch('/api/v1/session')).json()) as { csrf: string };
    const answer = await fetch('/api/v1/desk/phone', {
      method: 'POST', headers: { 'content-type': 'application/json', 'x-csrf-token': session.csrf },
      body: JSON.stringify({ sdp: phone.localDescription?.sdp }),
    });
    if (!answer.ok) throw new Error(`phone: ${answer.status} ${await answer.text()}`);
    await phone.setRemoteDescription({ type: 'answer', sdp: ((await answer.json()) as { sdp: string }).sdp });
    (window as unknown as { phone: RTCPeerConnection }).phone = phone;
  });
  await expect.poll(() => page.evaluate(() => (window as unknown as { phone: RTCPeerConnection }).phone.connectionState)).toBe('connected');
  await page.getByRole('button', { name: 'Start, available' }).click();

  const caller = await Caller.call(server.sip, NUMBER);
  callers.push(caller);
  await expect(page.getByRole('region', { name: `Ringing for ${CLIENT}` })).toBeVisible();
  await page.keyboard.press('F2');
  // The caller echoes the tones of the browser's microphone.
  await hears(page, true);
  await page.keyboard.press('F4');
  await expect(page.getByText('On hold').first()).toBeVisible();
  await hears(page, false);
  await page.keyboard.press('F4');
  await hears(page, true);
  await page.keyboard.press('Shift+F4');
  await page.getByRole('button', { name: 'End the conversation' }).click();
  expect(await caller.over()).toBe(0);

  const contacts = await office.ask<{ items: { contact: string }[] }>('GET', `/reports/contacts?limit=10`);
  const [line] = contacts.items;
  await expect.poll(async () => {
    const contact = await office.ask<ContactView>('GET', `/contacts/${line?.contact ?? ''}`);
    return contact.call?.recordings[0]?.status;
  }).toBe('done');
  const contact = await office.ask<ContactView>('GET', `/contacts/${line?.contact ?? ''}`);
  expect(contact.call).toMatchObject({ direction: 'inbound', number: '+33987654321', dialled: NUMBER, ending: 'answered_normal_agent' });
  const peaks = await office.ask<{ customer: number[]; agents: number[] }>('GET', `/recordings/${contact.call?.recordings[0]?.recording ?? ''}/peaks`);
  expect(Math.max(...peaks.customer)).toBeGreaterThan(3);
  expect(Math.max(...peaks.agents)).toBeGreaterThan(3);
});

