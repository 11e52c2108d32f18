// An agent whose network lets no UDP through: the sound goes by a relay, over TCP.
import { expect, test } from '@playwright/test';

import { signIn } from './desk';
import { Office } from './office';
import { Relay } from './relay';
import { Server } from './server';

let relay: Relay;
let server: Server;
let office: Office;

test.beforeAll(async () => {
  relay = await Relay.start();
  server = await Server.start([], {
    PERMANENCE_VOICE_SIP: 'udp://127.0.0.1:0', PERMANENCE_VOICE_RTP_PORTS: 'any', PERMANENCE_VOICE_BROWSER_PORT: '0',
    PERMANENCE_VOICE_TURN: `turn:127.0.0.1:${relay.port}?transport=tcp`, PERMANENCE_VOICE_TURN_SECRET: relay.secret,
  });
  office = await Office.open(server);
  const pool = await office.pool('Reception');
  await office.agent('Anna Roux', { pools: [pool.id], sign_offs: [], channels: [{ channel: 'voice', max: 1 }] });
});

test.afterAll(async () => {
  await office?.close();
  await server?.stop();
  relay?.stop();
});

test('the phone is ready by the relay alone', async ({ page }) => {
  // Only the relay's addresses are tried, as behind a firewall that drops UDP.
  await page.addInitScript(() => {
    const Direct = window.RTCPeerConnection;
    const made: RTCPeerConnection[] = [];
    Object.assign(window, { made });
    window.RTCPeerConnection = class extends Direct {
      constructor(configuration?: RTCConfiguration) {
        super({ ...configuration, iceTransportPolicy: 'relay' });
        made.push(this);
      }
    };
  });
  await signIn(page, server.url, 'anna');
  await page.goto(`${server.url}/desk`);
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await expect(page.getByRole('button', { name: /^Phone: / })).toHaveAccessibleName('Phone: Ready', { timeout: 30_000 });
  const way = await page.evaluate(async () => {
    const { made } = window as unknown as { made: RTCPeerConnection[] };
    const stats = await made.at(-1)?.getStats();
    let found: { kind?: unknown; by?: unknown } = {};
    stats?.forEach((report: Record<string, unknown>) => {
      if (report['type'] === 'candidate-pair' && report['nominated'] === true) {
        const local = stats.get(String(report['localCandidateId'])) as Record<string, unknown>;
        found = { kind: local['candidateType'], by: local['relayProtocol'] };
      }
    });
    return found;
  });
  expect(way).toEqual({ kind: 'relay', by: 'tcp' });
});
