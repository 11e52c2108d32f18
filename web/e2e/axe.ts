// WCAG 2.2 AA on a screen as it stands, in both looks.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { expect, type Frame, type Page } from '@playwright/test';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

type Violation = { id: string; help: string; nodes: { target: unknown; failureSummary?: string }[] };

/** The violations of a page or a frame. Injected through the protocol, which the page's policy does not stop. */
export async function violations(where: Page | Frame): Promise<string[]> {
  await where.evaluate(source);
  const found = await where.evaluate(async () => {
    const axe = (globalThis as unknown as { axe: { run(root: Document, options: unknown): Promise<{ violations: Violation[] }> } }).axe;
    return (await axe.run(document, { resultTypes: ['violations'] })).violations;
  });
  return found.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.map(({ target, failureSummary }) => `  ${JSON.stringify(target)} ${failureSummary ?? ''}`).join('\n')}`);
}

/** Shows a page in a look, and returns when it rests there: colours on their way are nobody's contrast. */
async function look(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', colorScheme);
  // Two frames: styles are computed in the first, and what moves by them is known in the second.
  await page.evaluate(
    () =>
      new Promise<void>((rest) => {
        const moves = ({ playState, effect }: Animation) => playState === 'running' && effect?.getComputedTiming().iterations !== Infinity;
        const still = () => (document.getAnimations().some(moves) ? requestAnimationFrame(still) : rest());
        requestAnimationFrame(() => requestAnimationFrame(still));
      }),
  );
}

/** Holds a screen to it in light and in dark. */
export async function holdsInBothLooks(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await look(page, colorScheme);
    expect(await violations(page), `${page.url()} in ${colorScheme}`).toEqual([]);
  }
}
