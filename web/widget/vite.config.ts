import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// Two files leave here under fixed names, because host pages name them: loader.js and frame.html.
// What the frame loads carries a hash.
export default defineConfig({
  root: here('.'),
  base: '/widget/v1/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: here('../dist/widget/v1'),
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: false,
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: {
        loader: here('./loader.ts'),
        frame: here('./frame.html'),
        demo: here('./demo.html'),
      },
      output: {
        entryFileNames: (chunk) =>
          chunk.name === 'loader' ? 'loader.js' : 'assets/[name]-[hash].js',
        chunkFileNames: 'assets/[name]-[hash].js',
        assetFileNames: 'assets/[name]-[hash][extname]',
      },
    },
  },
});
