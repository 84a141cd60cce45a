// What only a browser with JavaScript can tell: hydration, lazy pages, staying on the page.
import type { Page } from '@playwright/test';
import { email, enter, expect, expectStatus, password, placeOrder, ready, rows, signOut, test, told, unfold, visit } from '../support';

/** Leaves a mark that a new load of the document would wipe away. */
const mark = (page: Page) => page.evaluate(() => void ((window as any).mark = true));
const marked = (page: Page) => page.evaluate(() => (window as any).mark === true);

test('links change the page without loading the document again, each with its own chunk', async ({ page, context }) => {
  await enter(context, 'support');
  const chunks: string[] = [];
  page.on('response', (answer) => {
    if (/\.wasm$/.test(new URL(answer.url()).pathname)) chunks.push(answer.url());
  });
  await visit(page, '/');
  await mark(page);
  let seen = chunks.length;
  const loadsAChunk = async () => {
    await expect.poll(() => chunks.length, 'a chunk of this page').toBeGreaterThan(seen);
    seen = chunks.length;
  };

  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Orders' }).click();
  await expect(rows(page)).toHaveCount(50);
  await expect(page).toHaveTitle('Orders · TechAlly');
  await loadsAChunk();
  const first = rows(page).first().getByRole('link');
  const number = (await first.textContent())!;
  await first.click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(number);
  await expect(page).toHaveTitle(`${number} · TechAlly`);
  await loadsAChunk();
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Orders', level: 1 })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Today');
  expect(await marked(page), 'same document').toBe(true);
});

test('filters and pages of the list stay in the document', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/orders');
  await mark(page);
  await page.getByRole('navigation', { name: 'Status' }).getByRole('link', { name: 'Pending' }).click();
  await expect(page.locator('.tabs [aria-current]')).toContainText('Pending');
  await page.getByRole('navigation', { name: 'Status' }).getByRole('link', { name: 'All' }).click();
  await page.getByRole('link', { name: 'Next' }).click();
  await expect(page).toHaveURL(/after=/);
  await expect(page.getByRole('link', { name: 'Previous' })).toBeVisible();
  expect(await marked(page), 'same document').toBe(true);
});

test('forms stay on the page and say what they did', async ({ page, context }) => {
  const order = await placeOrder();
  await enter(context, 'support');
  await visit(page, `/orders/${order.id}`);
  await mark(page);
  await page.getByLabel('Add a note').fill('Seen.');
  await page.getByRole('button', { name: 'Add note' }).click();
  await expect(page.locator('.toast', { hasText: 'Note added.' })).toBeVisible();
  await expect(page.locator('.timeline blockquote')).toHaveText(['Seen.']);
  const form = await unfold(page, 'Cancel order');
  await form.getByLabel('Reason').fill('Test');
  await form.getByRole('button', { name: 'Cancel order' }).click();
  await expect(told(page, 'is cancelled now')).toBeVisible();
  await page.getByRole('button', { name: 'Dismiss' }).first().click();
  expect(await marked(page), 'same document').toBe(true);
});

test('a refused sign-in keeps the password field usable, and the session ends everywhere at once', async ({ page }) => {
  await visit(page, '/login');
  await mark(page);
  await page.getByLabel('Email').fill('nobody@techally.test');
  await page.getByLabel('Password').fill('x');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  expect(await marked(page), 'same document').toBe(true);
  await page.getByLabel('Email').fill(email('support'));
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('/');
  await ready(page);
  const tab = await page.context().newPage();
  await visit(tab, '/orders');
  await signOut(page);
  expectStatus(page.context(), 401);
  await tab.getByRole('navigation', { name: 'Status' }).getByRole('link', { name: 'Pending' }).click();
  await expect(tab.getByText('You are signed out.').or(tab.getByRole('heading', { name: 'Sign in' })).first()).toBeVisible();
});

test('every page loads by its address and comes alive', async ({ page, context }) => {
  const order = await placeOrder();
  await visit(page, '/login');
  await enter(context, 'support');
  for (const path of ['/', '/orders', '/orders?q=zzz', '/orders?status=PENDING&limit=25', `/orders/${order.id}`]) {
    await visit(page, path);
    await page.reload();
    await ready(page);
    await expect(page.locator('main h1')).toHaveCount(1);
  }
  await visit(page, '/nowhere', 404);
  await visit(page, '/orders/00000000-0000-7000-8000-000000000000', 404);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Not found');
  await visit(page, '/orders?status=NONSENSE', 400);
});
