// What happens to a list while it is open: said above it, shown when asked for.
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { enter, expect, move, placeOrder, ready, rows, test, visit, watch } from '../support';

const news = (page: Page) => page.locator('#news');
const show = (page: Page) => news(page).getByRole('button', { name: 'Show' });

/** What is told before the page listens is lost. */
async function listening(page: Page) {
  await page.waitForResponse((answer) => answer.url().endsWith('/events'), { timeout: 5_000 }).catch(() => undefined);
  await page.waitForTimeout(300);
}

test('new and changed orders of others are counted and shown when asked for', async ({ page, context, browser }) => {
  const old = await placeOrder();
  await enter(context, 'support');
  await visit(page, '/orders?limit=25');
  await listening(page);
  const checked = rows(page).nth(1).getByRole('checkbox');
  await checked.check();
  const id = await checked.getAttribute('value');
  const top = (await rows(page).first().boundingBox())!.y;
  await rows(page).nth(3).getByRole('link').focus();
  const focused = await rows(page).nth(3).getByRole('link').textContent();

  const placed = await placeOrder();
  await expect(news(page)).toContainText('1 new order', { timeout: 10_000 });
  await expect(rows(page).filter({ hasText: placed.order_number }), 'nothing moves by itself').toHaveCount(0);
  expect((await rows(page).first().boundingBox())!.y, 'nor does the bar move anything').toBe(top);
  await expect(page.locator(':focus')).toHaveText(focused!);

  const other = await browser.newContext();
  const problems = await watch(other);
  await enter(other, 'admin');
  const second = await other.newPage();
  await visit(second, `/orders/${old.id}`);
  await move(second, 'Await bank transfer', {}, 'Processing');
  await expect(news(page)).toContainText('1 new order, 1 changed', { timeout: 12_000 });
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
  expect(violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target}`))).toEqual([]);

  await page.bringToFront();
  await show(page).focus();
  await page.evaluate(() => scrollTo(0, 300));
  await page.keyboard.press('Enter');
  await expect(rows(page).first()).toContainText(placed.order_number);
  await expect(rows(page).filter({ hasText: old.order_number })).toContainText('Processing');
  await expect(news(page)).toBeEmpty();
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  expect(await page.evaluate(() => scrollY), 'in place').toBe(300);
  // the order that was checked, not the place that it had
  await expect(page.locator(`tbody .check[value="${id}"]`)).toBeChecked();
  await expect(page.locator('tbody .check:checked')).toHaveCount(1);
  await expect(page.getByRole('group', { name: 'Selected rows' })).toContainText('1 selected');
  expect(await page.evaluate(() => performance.getEntriesByType('navigation').length)).toBe(1);
  await other.close();
  expect(problems).toEqual([]);
});

test('what one does oneself, notes, and what a filter leaves out are no news', async ({ page, context, browser }) => {
  const [mine, noted, left] = [await placeOrder(), await placeOrder(), await placeOrder()];
  await enter(context, 'support');
  await visit(page, '/orders?status=PENDING&limit=25');
  await listening(page);
  const own = await context.newPage();
  await visit(own, `/orders/${mine.id}`);
  await move(own, 'Await bank transfer', {}, 'Processing');
  const other = await browser.newContext();
  await watch(other);
  await enter(other, 'admin');
  const second = await other.newPage();
  await visit(second, `/orders/${noted.id}`);
  await second.getByLabel('Add a note').fill('nothing that a list shows');
  await second.getByRole('button', { name: 'Add note' }).click();
  await expect(second.getByRole('region', { name: 'Timeline' })).toContainText('nothing that a list shows');
  await visit(page, '/orders?status=FAILED&limit=25');
  await listening(page);
  await placeOrder();
  await page.bringToFront();
  await page.waitForTimeout(7_000);
  await expect(news(page)).toBeEmpty();

  // but one that is on show and leaves the filter is
  await visit(page, '/orders?status=PENDING&limit=25');
  await listening(page);
  await visit(second, `/orders/${left.id}`);
  await move(second, 'Await bank transfer', {}, 'Processing');
  await page.bringToFront();
  await expect(news(page)).toContainText('1 order changed', { timeout: 12_000 });
  // another filter is another list
  await page.getByRole('navigation', { name: 'Status' }).getByRole('link', { name: 'Failed' }).click();
  await expect(page).toHaveURL(/FAILED/);
  await page.waitForTimeout(1_000);
  await expect(show(page)).toHaveCount(0);
  await other.close();
});

test('lost hints are said, and a phone has room for the bar', async ({ page, context }) => {
  await enter(context, 'support');
  await page.setViewportSize({ width: 390, height: 844 });
  await visit(page, '/orders?limit=25');
  await page.evaluate(() => dispatchEvent(new CustomEvent('techally:hint', { detail: 'all' })));
  await expect(news(page)).toContainText('This list may have changed', { timeout: 10_000 });
  const around = (await news(page).boundingBox())!;
  expect(around.x).toBeGreaterThanOrEqual(0);
  expect(around.x + around.width).toBeLessThanOrEqual(390);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  if (process.env.PICTURES) {
    for (const [width, height] of [[390, 844], [1280, 800]] as const) {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.setViewportSize({ width, height });
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await page.screenshot({ path: `screenshots/news-${width}-${colorScheme}.png` });
      }
    }
  }
  await show(page).click();
  await expect(news(page)).toBeEmpty();
  await expect(rows(page)).toHaveCount(25);
});

test('numbers around the page follow, and the focus stays', async ({ page, context, browser }) => {
  await enter(context, 'support');
  // what other journeys did is counted by now
  await page.waitForTimeout(5_500);
  await visit(page, '/orders?status=PENDING&limit=25');
  await ready(page);
  await listening(page);
  const tab = page.getByRole('navigation', { name: 'Status' }).getByRole('link', { name: 'Pending' });
  const inbox = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Inbox' });
  const [before, unread] = [await tab.textContent(), await inbox.textContent()];
  await page.getByRole('combobox', { name: 'Search orders' }).fill('half a wo');
  const order = await placeOrder();
  await expect(tab).not.toHaveText(before!, { timeout: 12_000 });
  const other = await browser.newContext();
  await watch(other);
  await enter(other, 'admin');
  const second = await other.newPage();
  await visit(second, `/orders/${order.id}`);
  await second.getByLabel('Add a note').fill('@support a word');
  await second.getByRole('button', { name: 'Add note' }).click();
  await page.bringToFront();
  await expect(inbox).not.toHaveText(unread!, { timeout: 12_000 });
  await expect(page.getByRole('combobox', { name: 'Search orders' })).toBeFocused();
  await expect(page.getByRole('combobox', { name: 'Search orders' })).toHaveValue('half a wo');
  await other.close();
});
