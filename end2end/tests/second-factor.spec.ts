// The second factor: set up on the account page, asked for at the next sign-in, proved again after a while.
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, expectStatus, ready, signOut, test, visit } from '../support';

// Made by tools/e2e.sh for this spec alone: their sign-ins change meanwhile.
const person = () => ({ email: `factor-${test.info().project.name}@techally.test`, password: 'a lantern over nine harbours' });

/** The code that an app shows for a key, `ahead` steps from now. */
function code(key: string, ahead = 0): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...key.replace(/ /g, '')].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const secret = Buffer.from(bits.match(/.{8}/g)!.map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const digest = createHmac('sha1', secret).update(counter).digest();
  const at = digest[19] & 15;
  return ((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).toString().padStart(6, '0');
}

async function accessible(page: Page, what: string) {
  if (test.info().project.name !== 'js') return;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
    expect.soft(violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target}`)), `${what}, ${colorScheme}`).toEqual([]);
    await page.screenshot({ path: `screenshots/second-factor-${what}-1280${colorScheme === 'dark' ? '-dark' : ''}.png`, fullPage: true });
  }
}

async function enterPassword(page: Page) {
  await visit(page, '/login');
  await page.getByLabel('Email').fill(person().email);
  await page.getByLabel('Password').fill(person().password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test('a colleague sets up a second factor, loses the phone, and gets in with a recovery code', async ({ page, context }) => {
  await enterPassword(page);
  await page.waitForURL('/');
  await visit(page, '/account/second-factor');
  await page.getByRole('button', { name: 'Set up' }).click();
  await expect(page.locator('.qr svg')).toBeVisible();
  await ready(page);
  await accessible(page, 'scan');
  const key = (await page.locator('.qr .key').textContent())!;

  await page.getByRole('link', { name: 'Enter the first code' }).click();
  await ready(page);
  await page.getByLabel('Code', { exact: true }).fill('000000');
  await page.getByRole('button', { name: 'Turn on' }).click();
  await expect(page.getByText("This isn't the code")).toBeVisible();
  await ready(page);
  await page.getByLabel('Code', { exact: true }).fill(code(key));
  await page.getByRole('button', { name: 'Turn on' }).click();
  await expect(page.getByRole('heading', { name: 'Your new recovery codes' })).toBeVisible();
  const codes = await page.locator('ol.codes code').allTextContents();
  expect(codes).toHaveLength(10);
  await accessible(page, 'codes');
  await page.reload();
  await expect(page.getByText('Recovery codes left')).toBeVisible();
  await expect(page.locator('ol.codes')).toHaveCount(0);
  await ready(page);

  await signOut(page);
  await enterPassword(page);
  await page.waitForURL('/login/code');
  await ready(page);
  await accessible(page, 'sign-in');
  expectStatus(context, 401);
  // the code of this step was used to set it up
  await page.getByLabel('Code', { exact: true }).fill('000000');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('Each code counts once')).toBeVisible();
  await ready(page);
  await page.getByLabel('Code', { exact: true }).fill(codes[3].toUpperCase());
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('/');
  await expect(page.getByText('You signed in with a recovery code. 9 are left.')).toBeVisible();

  // eleven minutes later
  execFileSync(process.env.PSQL!, [process.env.SUPERUSER_URL!, '-qc', `UPDATE user_sessions SET proved_at = proved_at - interval '11 minutes'
    WHERE user_id = (SELECT id FROM users WHERE email = '${person().email}')`]);
  await visit(page, '/account/second-factor');
  await page.getByRole('link', { name: 'New recovery codes' }).click();
  await ready(page);
  await page.getByRole('button', { name: 'Make new codes' }).click();
  await ready(page);
  await page.getByLabel('Confirm that it is you').fill('not this one');
  await page.getByRole('button', { name: 'Make new codes' }).click();
  await expect(page.getByText('neither your password nor a code of now')).toBeVisible();
  await ready(page);
  await page.getByLabel('Confirm that it is you').fill(person().password);
  await page.getByRole('button', { name: 'Make new codes' }).click();
  await expect(page.getByRole('heading', { name: 'Your new recovery codes' })).toBeVisible();
  await expect(page.locator('ol.codes code').first()).not.toHaveText(codes[0]);
  await ready(page);

  await page.getByRole('link', { name: 'Remove' }).click();
  await ready(page);
  await page.getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByRole('button', { name: 'Set up' })).toBeVisible();
});
