// Holds each screen to its budget: the script and style a browser loads before that screen shows.
// Run after `npm run build`. A screen over its budget fails the run.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url);

/** Budgets in kilobytes (1,000 bytes) of brotli. */
const screens = [
  { name: 'desk', entry: 'app/agent/Desk.tsx', js: 230, css: 45 },
  { name: 'board', entry: 'app/supervisor/Board.tsx', js: 230, css: 45 },
  { name: 'reports', entry: 'app/reports/Reports.tsx', js: 260, css: 45 },
];
/** Budgets in bytes of single files that stand alone on a client's site. */
const files = [
  { name: 'widget loader', path: 'widget/v1/loader.js', bytes: 2000 },
];

if (!existsSync(new URL('.vite/manifest.json', dist))) {
  process.stderr.write('There is no build to measure. Run `npm run build --prefix web` first.\n');
  process.exit(2);
}
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));
const compressed = (path) => brotliCompressSync(readFileSync(new URL(path, dist))).length;
/** What a client that knows no brotli loads; for knowing, without a budget. */
const gzipped = (path) => gzipSync(readFileSync(new URL(path, dist)), { level: 9 }).length;

function closure(keys) {
  const seen = new Set();
  const walk = (key) => {
    if (seen.has(key)) return;
    seen.add(key);
    for (const next of manifest[key]?.imports ?? []) walk(next);
  };
  keys.forEach(walk);
  return [...seen].map((key) => manifest[key]).filter(Boolean);
}

let over = 0;
const line = (name, size, budget, unit, gzip) => {
  const bad = size > budget;
  if (bad) over += 1;
  process.stdout.write(`${bad ? 'OVER ' : 'ok   '}${name.padEnd(22)}${size.toFixed(1).padStart(9)} of ${budget} ${unit}${gzip === undefined ? '' : `, ${gzip.toFixed(1)} as gzip`}\n`);
};

for (const screen of screens) {
  const keys = ['index.html', 'app/i18n/en.ts', screen.entry].filter((key) => manifest[key]);
  if (!manifest[screen.entry]) {
    process.stderr.write(`${screen.entry} is not in the build; name its file in tools/sizes.js.\n`);
    process.exit(2);
  }
  const chunks = closure(keys);
  const js = chunks.reduce((sum, chunk) => sum + compressed(chunk.file), 0);
  const css = [...new Set(chunks.flatMap((chunk) => chunk.css ?? []))];
  line(`${screen.name}, script`, js / 1000, screen.js, 'kB');
  line(`${screen.name}, style`, css.reduce((sum, path) => sum + compressed(path), 0) / 1000, screen.css, 'kB');
}
for (const file of files) {
  if (existsSync(new URL(file.path, dist))) line(file.name, compressed(file.path), file.bytes, 'bytes', gzipped(file.path));
}
// The chat frame: its page, script and style, and the largest language, since a visitor loads one.
const frame = readdirSync(new URL('widget/v1/', dist), { recursive: true })
  .filter((name) => /\.(html|js|css|json)$/.test(name) && !/^loader|demo/.test(name))
  .map((name) => ({ name, bytes: compressed(`widget/v1/${name}`), gzip: gzipped(`widget/v1/${name}`) }));
const words = frame.filter(({ name }) => name.endsWith('.json'));
const rest = frame.filter(({ name }) => !name.endsWith('.json'));
const whole = (size) => rest.reduce((sum, one) => sum + one[size], 0) + Math.max(...words.map((one) => one[size]));
line('widget frame', whole('bytes') / 1000, 15, 'kB', whole('gzip') / 1000);
process.exit(over > 0 ? 1 : 0);
