// The list's tools: filters, columns, sorts, selection, saved views, files, and the way through its orders.
import type { Page } from '@playwright/test';
import { enter, expect, ready, rows, test, visit } from '../support';

const heads = (page: Page) => page.locator('main thead th:not(.choose)');
const withScript = () => test.info().project.use.javaScriptEnabled !== false;

test('filters are set in a form, seen as chips, and taken away one by one', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/orders?limit=25');
  await page.locator('details.more > summary').click();
  await page.getByLabel('Payment', { exact: true }).selectOption('paid');
  await page.getByLabel('Total from').fill('100');
  await page.getByRole('button', { name: 'Apply filters' }).click();
  await expect(page).toHaveURL(/payment=paid/);
  expect(new URL(page.url()).search, 'nothing empty in the address').not.toMatch(/=(&|$)/);
  await ready(page);
  const chips = page.getByRole('list', { name: 'Filters in use' });
  await expect(chips).toContainText('Payment: Paid');
  await expect(chips).toContainText('Total: from 100');
  await expect(rows(page).first()).toBeVisible();
  await chips.getByRole('link', { name: /Payment/ }).click();
  await expect(chips).not.toContainText('Payment');
  await expect(page).not.toHaveURL(/payment/);
  await expect(page).toHaveURL(/min=100/);
});

test('a wrong filter says so and keeps what was typed', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/orders?min=cheap&payment=paid');
  await expect(page.locator('main')).toContainText('is no amount');
  await page.locator('details.more > summary').click();
  await expect(page.getByLabel('Total from')).toHaveValue('cheap');
  await expect(page.getByLabel('Payment', { exact: true })).toHaveValue('paid');
});

test('columns are shown, hidden and moved by links', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/orders?limit=25');
  await page.getByRole('link', { name: 'Columns' }).click();
  const panel = page.getByRole('region', { name: 'Columns' });
  await panel.getByRole('link', { name: 'Hide Items' }).click();
  await expect(heads(page)).toHaveText(['Order', 'Placed', 'Customer', 'Status', 'Payment', 'Total']);
  await panel.getByRole('link', { name: 'Show Tags' }).click();
  await expect(heads(page)).toHaveText(['Order', 'Placed', 'Customer', 'Status', 'Payment', 'Total', 'Tags']);
  await panel.getByRole('link', { name: 'Move Total to the left' }).click();
  await expect(heads(page)).toHaveText(['Order', 'Placed', 'Customer', 'Status', 'Total', 'Payment', 'Tags']);
  await page.getByRole('link', { name: 'Columns' }).click();
  await expect(panel).toBeHidden();
  await expect(heads(page)).toHaveCount(7);
});

test('a head sorts, and the other way round at the second click', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/orders?limit=25');
  const amounts = async () => (await page.locator('main tbody .amount b').allTextContents()).map((text) => Number(text.replaceAll(',', '')));
  const total = heads(page).filter({ hasText: 'Total' });
  await total.getByRole('link').click();
  await expect(total).toHaveAttribute('aria-sort', 'descending');
  const down = await amounts();
  expect(down).toEqual([...down].sort((a, b) => b - a));
  await total.getByRole('link').click();
  await expect(total).toHaveAttribute('aria-sort', 'ascending');
  const up = await amounts();
  expect(up).toEqual([...up].sort((a, b) => a - b));
  await page.getByRole('link', { name: 'Next', exact: true }).click();
  await expect(page).toHaveURL(/after=/);
  await expect.poll(async () => (await amounts())[0]).toBeGreaterThanOrEqual(up.at(-1)!);
});

test('an order opened from a list leads to its neighbours and back', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/orders?status=COMPLETED&limit=25');
  const numbers = await page.locator('main .lead').allTextContents();
  await rows(page).nth(1).getByRole('link').click();
  const title = page.getByRole('heading', { level: 1 });
  await expect(title).toHaveText(numbers[1]);
  await page.getByRole('link', { name: 'Next order in the list' }).click();
  await expect(title).toHaveText(numbers[2]);
  if (withScript()) {
    await page.keyboard.press('k');
    await expect(title).toHaveText(numbers[1]);
    await page.keyboard.press('k');
    await expect(title).toHaveText(numbers[0]);
    await page.keyboard.press('j');
    await expect(title).toHaveText(numbers[1]);
  }
  await page.getByRole('link', { name: 'Back to the list' }).click();
  await expect(page).toHaveURL(/status=COMPLETED/);
  await expect(rows(page)).toHaveCount(25);
});

test('keys walk the rows and select; what is selected becomes a file', async ({ page, context }) => {
  test.skip(!withScript(), 'keys need JavaScript');
  await enter(context, 'support');
  await visit(page, '/orders?limit=25');
  const lead = (n: number) => rows(page).nth(n).locator('.lead a');
  await page.keyboard.press('j');
  await expect(lead(0)).toBeFocused();
  await page.keyboard.press('j');
  await expect(lead(1)).toBeFocused();
  await page.keyboard.press('x');
  const bulk = page.getByRole('group', { name: 'Selected rows' });
  await expect(bulk).toContainText('1 selected');
  await page.keyboard.press('k');
  await page.keyboard.press('x');
  await expect(bulk).toContainText('2 selected');
  const [file] = await Promise.all([page.waitForEvent('download'), bulk.getByRole('button', { name: 'CSV' }).click()]);
  expect(file.suggestedFilename()).toMatch(/^orders-.*\.csv$/);
  const text = await (await import('node:fs/promises')).readFile((await file.path())!, 'utf8');
  expect(text.trim().split('\r\n')).toHaveLength(3);
  expect(text).toContain((await lead(0).textContent())!);
});

test('a row that was checked before the page is alive is counted', async ({ page, context }) => {
  test.skip(!withScript(), 'the count needs JavaScript');
  await enter(context, 'support');
  await page.route('**/*.wasm', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    await route.continue();
  });
  await page.goto('/orders?limit=25', { waitUntil: 'commit' });
  await rows(page).first().getByRole('checkbox').check();
  await ready(page);
  await expect(page.getByRole('group', { name: 'Selected rows' })).toContainText('1 selected');
});

test('the list is exported as CSV and Excel from its menu', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/orders?status=FAILED');
  await page.getByRole('button', { name: 'Export' }).click();
  const [csv] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'As CSV' }).click()]);
  expect(csv.suggestedFilename()).toMatch(/\.csv$/);
  expect(await csv.failure()).toBeNull();
  const href = await page.getByRole('link', { name: 'As Excel' }).getAttribute('href');
  const xlsx = await context.request.get(href!);
  expect(xlsx.status()).toBe(200);
  expect((await xlsx.body()).subarray(0, 2).toString()).toBe('PK');
});

test('a view is saved, pinned, used, deleted and brought back', async ({ page, context }) => {
  await enter(context, 'support');
  const name = `Failed ${test.info().project.name} ${Date.now() % 100000}`;
  await visit(page, '/orders?status=FAILED&sort=-total&limit=25');
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('link', { name: 'Save this view' }).click();
  await ready(page);
  await page.getByLabel('Name').fill(name);
  await page.getByRole('button', { name: 'Save view' }).click();
  await expect(page).toHaveURL(/\/orders\?view=/);
  await ready(page);
  await expect(heads(page).filter({ hasText: 'Total' })).toHaveAttribute('aria-sort', 'descending');
  const pinned = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name });
  await expect(pinned).toContainText(/\d/);
  await visit(page, '/views');
  await page.getByRole('button', { name: `Delete: ${name}` }).click();
  const deleted = page.getByRole('region', { name: 'Deleted today' });
  await expect(deleted).toContainText(name);
  await expect(pinned).toHaveCount(0);
  await ready(page);
  await page.getByRole('button', { name: `Bring back: ${name}` }).click();
  await expect(pinned).toHaveCount(1);
  await ready(page);
  await page.getByRole('button', { name: `Delete: ${name}` }).click();
  await expect(pinned).toHaveCount(0);
});
