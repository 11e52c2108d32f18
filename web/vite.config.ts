import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// The server of a developer; `npm run dev` hands everything that is not a screen to it.
const server = process.env['PERMANENCE_SERVER'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2023',
    manifest: true,
    // Without this every one of the 6,000 icons is transformed; the option is experimental.
    rolldownOptions: { experimental: { lazyBarrel: true } },
  },
  server: {
    proxy: {
      '/api': { target: server, ws: true },
      '/widget': { target: server, ws: true },
      '/demo': { target: server },
    },
  },
  test: {
    environment: 'happy-dom',
    setupFiles: ['./tools/vitest.setup.ts'],
    include: ['app/**/*.test.{ts,tsx}', 'widget/**/*.test.{ts,tsx}', 'tools/**/*.test.ts'],
    restoreMocks: true,
    testTimeout: 30_000,
  },
});
