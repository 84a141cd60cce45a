// What a person may ask by law: their data as a file, and to be erased by two colleagues; with JavaScript and without.
import { badge, enter, expect, newCustomer, ready, test, visit, watch } from '../support';

test('a person gets what is known of them, and is erased when two colleagues agree', async ({ page, context, browser }) => {
  await enter(context, 'admin');
  const { person, name } = await newCustomer(page, 'Vera');
  await visit(page, person);
  await page.getByRole('link', { name: 'Everything about this person as a file' }).click();
  const file = page.getByRole('dialog', { name: `Everything about ${name}` });
  await expect(file).toContainText('The account (1)');
  await ready(page);
  await file.getByLabel('Reason').fill('Asked in writing');
  await file.getByRole('button', { name: 'Make the file' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Everything about a person' })).toBeVisible();
  const download = page.getByRole('link', { name: /^Download/ });
  await expect(async () => {
    await page.reload();
    await expect(download).toBeVisible({ timeout: 1_000 });
  }).toPass();

  await visit(page, person);
  await page.getByRole('link', { name: 'Erase this person' }).click();
  const form = page.getByRole('dialog', { name: `Ask to erase ${name}` });
  await expect(form).toContainText('A colleague decides');
  await ready(page);
  await form.getByLabel('Reason').fill(' ');
  await form.getByRole('button', { name: 'Ask for the erasure' }).click();
  await expect(form.getByText(/Say why, in 1 to/)).toBeVisible();
  await ready(page);
  await form.getByLabel('Reason').fill('Asked in writing');
  await form.getByRole('button', { name: 'Ask for the erasure' }).click();
  await expect(page.getByRole('heading', { level: 1, name: `Erasure of ${name}` })).toBeVisible();
  await expect(page.getByText('you asked for it yourself: a colleague decides').first()).toBeVisible();
  const erasure = new URL(page.url()).pathname;

  const other = await browser.newContext(test.info().project.use);
  const problems = await watch(other);
  await enter(other, 'super');
  const boss = await other.newPage();
  await visit(boss, '/privacy');
  await boss.getByRole('link', { name }).first().click();
  await expect(boss.getByRole('heading', { level: 1, name: `Erasure of ${name}` })).toBeVisible();
  await visit(boss, `${erasure}?act=grant`);
  const grant = boss.getByRole('dialog', { name: `Grant and erase: ${name}` });
  await grant.getByRole('button', { name: 'Grant and erase' }).click();
  await expect(async () => {
    await visit(boss, erasure);
    await expect(badge(boss)).toHaveText('Erased', { timeout: 1_000 });
  }).toPass({ timeout: 20_000 });
  await expect(boss.getByRole('heading', { level: 1, name: 'Erasure of Erased customer' })).toBeVisible();
  await visit(boss, person);
  await expect(boss.locator('main')).not.toContainText('Vera');
  await expect(boss.getByRole('link', { name: 'See the erasure' })).toBeVisible();
  expect(problems, 'complaints of the browser').toEqual([]);
  await other.close();
});

test('support has no way there', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/privacy', 403);
});
