import { availableParallelism } from 'node:os';

import { defineConfig } from '@playwright/test';

/** Tests in which somebody listens: sound keeps to its time, and is not to be judged while two browsers fight for a processor. */
const SOUND = ['demo-calls', 'led', 'passing', 'phone', 'relay', 'setup', 'voice'].map((name) => `**/${name}.spec.ts`);

export default defineConfig({
  testDir: './e2e',
  // Each file starts a server of its own, so that files can run side by side; the tests of a file share theirs.
  fullyParallel: false,
  workers: Math.min(4, availableParallelism()),
  projects: [
    { name: 'screens', testIgnore: SOUND },
    // One by one, after the others: the last of those may still run beside the first.
    { name: 'sound', testMatch: SOUND, workers: 1 },
  ],
  forbidOnly: true,
  timeout: 120_000,
  // Machines that build and test at once are slow; nothing here waits for a span, only for a condition.
  expect: { timeout: 15_000 },
  reporter: [['list']],
  use: {
    viewport: { width: 1280, height: 800 },
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--use-fake-device-for-media-stream',
        '--use-fake-ui-for-media-stream',
        '--autoplay-policy=no-user-gesture-required',
      ],
    },
  },
});
