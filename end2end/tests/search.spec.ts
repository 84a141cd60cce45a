// The search of the order list: words, chips, what can't be read, with and without JavaScript.
import AxeBuilder from '@axe-core/playwright';
import { enter, expect, placeOrder, ready, test, visit, withScript } from '../support';
import type { Page } from '@playwright/test';

const rows = (page: Page) => page.locator('table tbody tr');

test('a caller is found by name, by address and by phone', async ({ page, context }) => {
  const order = await placeOrder();
  await enter(context, 'support');
  await visit(page, '/orders');
  for (const text of ['testa ida', 'ida.testa@mail.example', '+49305550199']) {
    await page.getByRole('combobox', { name: 'Search orders' }).fill(text);
    await page.getByRole('combobox', { name: 'Search orders' }).press('Enter');
    await expect(rows(page).locator('.lead', { hasText: order.order_number })).toHaveCount(1);
    await expect(page.getByRole('list', { name: 'Filters in use' }).getByRole('link')).toHaveCount(1);
    await ready(page);
  }
  await page.getByRole('combobox', { name: 'Search orders' }).fill('email:ida');
  await page.getByRole('combobox', { name: 'Search orders' }).press('Enter');
  await expect(page.getByText('Type the whole e-mail address')).toBeVisible();
});

test('words narrow the list, each chip takes one away', async ({ page, context }) => {
  await enter(context, 'admin');
  await visit(page, '/orders');
  await page.getByText('What can be searched for').click();
  await page.getByRole('link', { name: 'total:>500' }).click();
  const chips = page.getByRole('list', { name: 'Filters in use' });
  // the address changes before the list with its own search box has come
  await expect(chips.getByRole('listitem')).toHaveCount(1);
  await ready(page);
  await page.getByRole('combobox', { name: 'Search orders' }).fill('total:>500 status:completed');
  await page.getByRole('combobox', { name: 'Search orders' }).press('Enter');
  await expect(chips.getByRole('listitem')).toHaveCount(3);
  await expect(rows(page).locator('.badge').filter({ hasNotText: 'Completed' })).toHaveCount(0);
  for (const total of await rows(page).locator('.amount b').allTextContents()) {
    expect(Number(total.replaceAll(',', ''))).toBeGreaterThan(500);
  }
  const problems = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze();
  expect(problems.violations).toEqual([]);
  await page.setViewportSize({ width: 360, height: 800 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await page.setViewportSize({ width: 1280, height: 800 });
  await chips.getByRole('link', { name: 'Total: over 500' }).click();
  await expect(page).toHaveURL(/\?q=status/);
  await expect(page.getByRole('combobox', { name: 'Search orders' })).toHaveValue('status:completed');
  await expect(chips.getByRole('listitem')).toHaveCount(1);
  await ready(page);
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: '25' }).click();
  await expect(page).toHaveURL(/limit=25/);
  await expect(page.getByRole('combobox', { name: 'Search orders' })).toHaveValue('status:completed');
});

test('what is typed while a list comes stays', async ({ page, context }) => {
  test.skip(!withScript(), 'without a script a page is there or not');
  await enter(context, 'admin');
  await visit(page, '/orders');
  let answer = () => {};
  const held = new Promise<void>((resolve) => (answer = resolve));
  await page.route('**/api/list_orders*', async (route) => {
    await held;
    await route.continue();
  });
  await page.getByRole('navigation', { name: 'Status' }).getByRole('link', { name: 'Shipped' }).click();
  await expect(page).toHaveURL(/status=SHIPPED/);
  const search = page.getByRole('combobox', { name: 'Search orders' });
  await search.pressSequentially('total:>5');
  answer();
  await expect(page.getByRole('list', { name: 'Filters in use' }).or(rows(page).locator('.badge').filter({ hasNotText: 'Shipped' }))).toHaveCount(0);
  await expect(search).toHaveValue('total:>5');
  await search.pressSequentially('00');
  await search.press('Enter');
  await expect(page).toHaveURL(/q=total%3A%3E500/);
  await expect(page).toHaveURL(/status=SHIPPED/);
});

test('a wrong word is explained, and the search stays to be mended', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/orders?q=stauts%3Ashipped');
  await expect(page.getByText('“stauts” can\'t be searched by')).toBeVisible();
  await expect(page.getByRole('combobox', { name: 'Search orders' })).toHaveValue('stauts:shipped');
  await page.getByRole('combobox', { name: 'Search orders' }).fill('status:shipped');
  await page.getByRole('combobox', { name: 'Search orders' }).press('Enter');
  await expect(rows(page).first()).toBeVisible();
  await expect(rows(page).locator('.badge').filter({ hasNotText: 'Shipped' })).toHaveCount(0);
});

test('a search is completed while it is typed', async ({ page, context }) => {
  test.skip(test.info().project.name === 'plain', 'typing is seen by a script only');
  await enter(context, 'support');
  await visit(page, '/orders?limit=25');
  const box = page.getByRole('combobox', { name: 'Search orders' });
  const options = page.locator('#suggestions option');
  // what is typed before the page's own code is there is completed with the next key only
  await expect(async () => {
    await box.fill('');
    await box.pressSequentially('status:del');
    await expect(options).toHaveCount(1, { timeout: 2_000 });
  }).toPass();
  await expect(options).toHaveAttribute('value', 'status:delivered');
  await box.fill('');
  const number = (await page.locator('main tbody tr a').first().textContent())!.trim();
  await box.pressSequentially(number.slice(-4));
  await expect(options.first()).toHaveAttribute('value', /^TA-/);
});
