// The demonstration floor as a newcomer meets it: somebody opens a desk, connects the phone, and a call rings; the caller is heard.
import { expect, test, type Page } from '@playwright/test';

import { Server } from './server';
import { shot } from './shot';

let server: Server;

test.beforeAll(async () => {
  server = await Server.start(['--demo', '--demo-weeks', '0']);
});

test.afterAll(async () => {
  await server?.stop();
});

/** Keeps how loud what the browser plays of the other side was, each tenth of a second. */
async function listen(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const levels: number[] = [];
    Object.assign(window, { levels });
    const Real = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Real {
      constructor(...given: ConstructorParameters<typeof Real>) {
        super(...given);
        this.addEventListener('track', ({ track }) => {
          const ears = new AudioContext({ sampleRate: 8000 });
          const ear = ears.createAnalyser();
          ears.createMediaStreamSource(new MediaStream([track])).connect(ear);
          const samples = new Float32Array(ear.fftSize);
          setInterval(() => {
            ear.getFloatTimeDomainData(samples);
            levels.push(Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length));
          }, 100);
        });
      }
    };
  });
}

const levels = (page: Page): Promise<number[]> => page.evaluate(() => (window as unknown as { levels: number[] }).levels);

test('whoever opens a desk has a call ringing within a minute, and hears the caller speak', async ({ page }) => {
  test.setTimeout(240_000);
  await listen(page);
  await page.goto(`${server.url}/sign-in`);
  await page.getByLabel('Name or e-mail').fill('anna');
  await page.getByLabel('Password', { exact: true }).fill(server.firstRun);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).not.toHaveURL(/sign-in/);
  await page.goto(`${server.url}/desk`);
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await expect(page.getByRole('button', { name: /^Phone: / })).toHaveAccessibleName('Phone: Ready');
  await page.getByRole('button', { name: 'Start, available' }).click();
  // Chats ring as well, and are let pass until it is a call.
  const rings = page.getByRole('region', { name: /^Ringing for / });
  const call = page.getByRole('region', { name: 'Call', exact: true });
  const isCall = page.getByRole('img', { name: 'Call', exact: true });
  await expect.poll(async () => {
    if (!(await rings.isVisible())) return 'nothing';
    if (await isCall.first().isVisible()) return 'a call';
    await page.getByRole('button', { name: 'Refuse' }).click({ timeout: 2_000 }).catch(() => undefined);
    return 'a chat';
  }, { timeout: 60_000, intervals: [200] }).toBe('a call');
  await shot(page, 'demo-call-rings');
  await page.keyboard.press('F2');
  await expect(call.getByText('Connected')).toBeVisible();
  const from = (await levels(page)).length;
  // Speech: loud for a second in all, with pauses between words and sentences.
  const spoken = async () => (await levels(page)).slice(from).filter((level) => level > 0.01).length;
  await expect.poll(spoken, { timeout: 60_000 }).toBeGreaterThan(10);
  const quiet = (await levels(page)).slice(from).filter((level) => level < 0.003).length;
  expect(quiet).toBeGreaterThan(3);
  await shot(page, 'demo-call-heard');
  await page.keyboard.press('Shift+F4');
  await page.getByRole('button', { name: 'End the conversation' }).click();
  await expect(page.getByRole('button', { name: 'Finish' })).toBeVisible();
});
