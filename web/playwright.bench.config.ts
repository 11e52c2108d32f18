import { defineConfig } from '@playwright/test';

import tests from './playwright.config';

/** Measurements in a browser: as the tests, but of `bench/` and without a trace, which would be measured too. */
export default defineConfig({ ...tests, testDir: './bench', testMatch: '*.bench.ts', use: { ...tests.use, trace: 'off' } });
