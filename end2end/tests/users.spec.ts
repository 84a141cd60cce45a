// The list of users: found, filtered, sorted, taken along as a file, changed many at once; with and without JavaScript.
import type { Page } from '@playwright/test';
import { badge, enter, expect, ready, rows, test, visit } from '../support';

const heads = (page: Page) => page.locator('main thead th:not(.choose)');

test('a caller is found by name and whole address, and masked for support', async ({ page, context }) => {
  await enter(context, 'admin');
  await visit(page, '/');
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Users', exact: true }).click();
  await expect(page).toHaveURL(/\/users$/);
  await ready(page);
  await visit(page, '/users?role=customer&limit=25');
  const name = (await rows(page).first().locator('.lead').textContent())!.trim();
  const address = (await rows(page).first().locator('.wide').textContent())!.trim();
  expect(address).toMatch(/^[^•]+@/);
  await enter(context, 'support');
  await visit(page, `/users?q=${encodeURIComponent(address)}`);
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page).first()).toContainText(name);
  await expect(rows(page).first()).toContainText('•••@');
  await expect(page.locator('main tbody')).not.toContainText(address);
  const search = page.getByRole('combobox', { name: 'Search users' });
  await expect(async () => {
    await search.fill(`email:${address.split('@')[0].slice(0, 5)}`);
    await search.press('Enter');
    await expect(page.locator('main')).toContainText('Type the whole e-mail address', { timeout: 2_000 });
  }).toPass();
});

test('filters are set in a form, seen as chips, and taken away one by one', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/users?limit=25');
  await page.locator('details.more > summary').click();
  await expect(page.getByLabel('Role', { exact: true })).toHaveCount(0);
  await page.getByLabel('Has orders').selectOption('yes');
  await page.getByLabel('Spent from').fill('100');
  await page.getByLabel('Country').fill('DE');
  await page.getByRole('button', { name: 'Apply filters' }).click();
  await expect(page).toHaveURL(/orders=yes/);
  expect(new URL(page.url()).search, 'nothing empty in the address').not.toMatch(/=(&|$)/);
  await ready(page);
  const chips = page.getByRole('list', { name: 'Filters in use' });
  for (const words of ['Orders: some', 'Spent: from 100', 'Country: DE']) await expect(chips).toContainText(words);
  await expect(rows(page).first()).toBeVisible();
  await chips.getByRole('link', { name: /Country/ }).click();
  await expect(chips).not.toContainText('Country');
  await page.getByRole('link', { name: 'Suspended', exact: true }).click();
  await expect(page).toHaveURL(/status=suspended/);
  await expect(page).toHaveURL(/min=100/);
});

test('a head sorts, and the other way round at the second click', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/users?limit=25');
  const amounts = async () => (await page.locator('main tbody .amount b').allTextContents()).map((text) => Number(text.replaceAll(',', '')));
  const spent = heads(page).filter({ hasText: 'Spent' });
  await spent.getByRole('link').click();
  await expect(spent).toHaveAttribute('aria-sort', 'descending');
  const down = await amounts();
  expect(down.length).toBe(25);
  expect(down).toEqual([...down].sort((a, b) => b - a));
  await page.getByRole('link', { name: 'Next', exact: true }).click();
  await expect(page).toHaveURL(/after=/);
  await expect.poll(async () => (await amounts())[0]).toBeLessThanOrEqual(down.at(-1)!);
});

test('columns are chosen, and the list is exported as it is shown', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/users?status=suspended&cols=user,phone,tags');
  await expect(heads(page)).toHaveText(['Name', 'Phone', 'Tags']);
  await page.getByRole('button', { name: 'Export' }).click();
  const [csv] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'As CSV' }).click()]);
  expect(csv.suggestedFilename()).toMatch(/^users-.*\.csv$/);
  const text = await (await import('node:fs/promises')).readFile((await csv.path())!, 'utf8');
  expect(text.split('\r\n')[0]).toContain('Name,Phone,Tags');
  expect(text).toContain('•••');
});

test('checked users get a tag by a previewed job, and lose it again', async ({ page, context }) => {
  const tag = `e2e ${Date.now() % 100_000_000}`;
  await enter(context, 'support');
  await visit(page, '/users?limit=25&status=inactive');
  await rows(page).nth(0).getByRole('checkbox').check();
  await rows(page).nth(1).getByRole('checkbox').check();
  await page.getByRole('group', { name: 'Selected rows' }).getByRole('button', { name: 'Change…' }).click();
  await expect(page.getByText('2 users that you chose.')).toBeVisible();
  await page.getByRole('link', { name: 'Change tags' }).click();
  const sheet = page.getByRole('dialog', { name: 'Change tags' });
  await sheet.getByLabel('Put on').fill(tag);
  await sheet.getByRole('button', { name: 'Preview' }).click();
  await expect(page.getByText(`2 users have “${tag}” then.`)).toBeVisible();
  await page.getByRole('button', { name: 'Run for 2' }).click();
  await expect(badge(page)).toHaveText('Done', { timeout: 30_000 });
  const job = new URL(page.url()).pathname;
  await visit(page, `/users?q=tag:"${tag}"`);
  await expect(rows(page)).toHaveCount(2);
  await visit(page, job);
  await page.getByRole('button', { name: 'Set back what it did…' }).click();
  await expect(badge(page)).toHaveText('Preview');
  await page.getByRole('button', { name: 'Run for 2' }).click();
  await expect(badge(page)).toHaveText('Done', { timeout: 30_000 });
  await visit(page, `/users?q=tag:"${tag}"`);
  await expect(rows(page)).toHaveCount(0);
});

test('a suspension is previewed with its reason, and thrown away', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/users/bulk?status=active&country=AT&do=suspend');
  const sheet = page.getByRole('dialog', { name: 'Suspend' });
  await sheet.getByLabel('Reason').fill('Card testing');
  await sheet.getByRole('button', { name: 'Preview' }).click();
  await expect(badge(page)).toHaveText('Preview');
  await expect(page.locator('main')).toContainText('can’t sign in to the shop until somebody reactivates them.');
  await page.getByRole('button', { name: 'Discard' }).click();
  await expect(page.getByRole('heading', { name: 'Jobs', exact: true })).toBeVisible();
});
