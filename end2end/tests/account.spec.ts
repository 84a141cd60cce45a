// One's own account: preferences, picture, signed-in browsers, password. Runs with JavaScript and without.
import { crc32, deflateSync } from 'node:zlib';
import type { BrowserContext, Page } from '@playwright/test';
import { expect, ready, signOut, test, told, visit } from '../support';

// Made by tools/e2e.sh for this spec alone: their password and preferences change meanwhile.
const person = () => `account-${test.info().project.name}@techally.test`;
const first = 'a lantern over nine harbours';
const second = 'seven kettles beside the mill';

async function enterAs(context: BrowserContext, password = first) {
  const answer = await context.request.post('/login', {
    form: { email: person(), password, next: '' },
    headers: { origin: test.info().project.use.baseURL! },
    maxRedirects: 0,
  });
  expect(answer.status()).toBe(303);
}

/** A PNG of one colour. */
function png(side: number): Buffer {
  const chunk = (kind: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(kind), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(side * 3, 0x7f)]);
  const rows = deflateSync(Buffer.concat(Array.from({ length: side }, () => row)));
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))]);
}

const dialog = (page: Page, name: string) => page.getByRole('dialog', { name });

test('preferences show on the next page', async ({ page, context }) => {
  await enterAs(context);
  await visit(page, '/');
  await page.locator('button.me').click();
  await page.getByRole('link', { name: 'Your account' }).click();
  await expect(page.getByRole('heading', { name: 'Your account', level: 1 })).toBeVisible();
  await page.getByRole('link', { name: 'Change preferences' }).click();
  const sheet = dialog(page, 'Change preferences');
  await ready(page);
  await sheet.getByLabel('Time zone').selectOption('Asia/Tokyo');
  await sheet.getByLabel('Dates').selectOption('de-DE');
  await sheet.getByLabel('Theme').selectOption('dark');
  await sheet.getByLabel('First page').selectOption('/orders');
  await sheet.getByRole('button', { name: 'Save' }).click();
  await expect(told(page, 'Your preferences are saved.')).toBeVisible();
  await expect(page.getByText('Asia/Tokyo')).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(page.locator('main time').first()).toHaveText(/^\d\d\.\d\d\. \d\d:\d\d$/);
  await ready(page);
  await signOut(page);
  await page.getByLabel('Email').fill(person());
  await page.getByLabel('Password').fill(first);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('/orders');
});

test('a picture instead of initials, after a file that is none', async ({ page, context }) => {
  await enterAs(context);
  await visit(page, '/account');
  await expect(page.locator('span.avatar')).toHaveText('AA');
  await page.getByRole('link', { name: 'Add a picture' }).click();
  await expect(page).toHaveURL(/\/account\/avatar$/);
  await ready(page);
  const file = page.getByLabel('Picture', { exact: true });
  await file.setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: Buffer.from('<!DOCTYPE html><script>alert(1)</script>') });
  await page.getByRole('button', { name: 'Use this picture' }).click();
  await expect(page.getByRole('alert')).toContainText('Your picture was not changed.');
  await expect(page.getByText('This file is no PNG, JPEG or WebP picture.')).toBeVisible();
  await expect(page).toHaveURL(/\/account\/avatar$/);
  await ready(page);
  await file.setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: png(300) });
  await page.getByRole('button', { name: 'Use this picture' }).click();
  await page.waitForURL('/account');
  await expect(told(page, 'Colleagues see your new picture.')).toBeVisible();
  const src = await page.locator('img.avatar').getAttribute('src');
  const shown = await context.request.get(src!);
  expect([shown.status(), shown.headers()['content-type']]).toEqual([200, 'image/jpeg']);
  await ready(page);
  await page.getByRole('button', { name: 'Delete the picture' }).click();
  await expect(page.locator('span.avatar')).toHaveText('AA');
});

test('a browser elsewhere is signed out from the list', async ({ page, context, browser }) => {
  await enterAs(context);
  const elsewhere = await browser.newContext({ userAgent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0' });
  try {
    await enterAs(elsewhere);
    await visit(page, '/account');
    await page.getByRole('button', { name: 'Sign out Firefox on Windows' }).first().click();
    await expect(told(page, 'That browser is signed out.')).toBeVisible();
    const answer = await elsewhere.request.get('/orders', { maxRedirects: 0 });
    expect(answer.status()).toBe(303);
    await visit(page, '/orders');
  } finally {
    await elsewhere.close();
  }
});

test('a new password, after a wrong one', async ({ page, context }) => {
  await enterAs(context);
  await visit(page, '/account?act=password');
  const sheet = dialog(page, 'Change password');
  const fill = async (current: string) => {
    await sheet.getByLabel('Current password', { exact: true }).fill(current);
    await sheet.getByLabel('New password', { exact: true }).fill(second);
    await sheet.getByLabel('New password again', { exact: true }).fill(second);
    await sheet.getByRole('button', { name: 'Change password' }).click();
  };
  await fill('not my password');
  await expect(sheet.getByText('This isn’t your password.')).toBeVisible();
  await ready(page);
  await fill(first);
  await expect(told(page, 'Your password is changed.')).toBeVisible();
  await visit(page, '/account');
  await signOut(page);
  await enterAs(context, second);
  await visit(page, '/account');
});
