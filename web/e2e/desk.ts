// A person of the provider at the screens.
import { expect, type Page } from '@playwright/test';

import { PASSWORD } from './office';

/** Signs in at the screens. */
export async function signIn(page: Page, url: string, login: string): Promise<void> {
  await page.goto(`${url}/sign-in`);
  await page.getByLabel('Name or e-mail').fill(login);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).not.toHaveURL(/sign-in/);
}

/** Signs an agent in on the floor, available. */
export async function startShift(page: Page, url: string, login: string): Promise<void> {
  await signIn(page, url, login);
  await page.goto(`${url}/desk`);
  await page.getByRole('button', { name: 'Start, available' }).click();
  await expect(page.getByText('You are available')).toBeVisible();
}

/** What rings at a desk, by the client it rings for. */
export const ringing = (page: Page, client: string) => page.getByRole('region', { name: `Ringing for ${client}` });

/** Answers what rings, by the key. */
export async function answer(page: Page, customer: string): Promise<void> {
  await page.bringToFront();
  await page.keyboard.press('F2');
  await expect(page.getByRole('textbox', { name: `Message to ${customer}` })).toBeVisible();
}

/** Writes to the customer. */
export async function write(page: Page, customer: string, words: string): Promise<void> {
  await page.getByRole('textbox', { name: `Message to ${customer}` }).fill(words);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('log')).toContainText(words);
}
