// A picture of a screen, for whoever wants to look at it: kept only where SHOTS names a folder.
import type { Page } from '@playwright/test';

export async function shot(page: Page, name: string): Promise<void> {
  const folder = process.env['SHOTS'];
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}
