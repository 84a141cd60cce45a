// Two accounts of one customer: found, looked at side by side, merged, and undone; with JavaScript and without.
import AxeBuilder from '@axe-core/playwright';
import { enter, expect, ready, rows, test, told, twoAccounts, visit } from '../support';

test('an account that is the same customer is found, merged and brought back', async ({ page, context }) => {
  await enter(context, 'support');
  const { kept, other } = await twoAccounts(page);
  await visit(page, kept);
  await page.getByRole('link', { name: 'Merge with another account' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Merge an account into that of Mira Doppel' })).toBeVisible();
  const likely = page.locator('section', { has: page.locator('#likely-title') });
  await expect(likely.getByText(/same e-mail address but for dots.* and phone number/)).toBeVisible();
  await likely.getByRole('link', { name: 'Miranda Doppel' }).click();

  const sides = page.getByRole('table').first();
  await expect(sides.getByRole('row', { name: /^Name / })).toContainText('Mira DoppelMiranda Doppel');
  await expect(sides.getByRole('row', { name: /^Orders / })).toContainText('11');
  await page.getByRole('link', { name: 'Let the other one stay' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Merge Mira Doppel into Miranda Doppel' })).toBeVisible();
  await page.getByRole('link', { name: 'Let the other one stay' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Merge Miranda Doppel into Mira Doppel' })).toBeVisible();
  if (test.info().project.use.javaScriptEnabled !== false) {
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.target}`)).toEqual([]);
  }

  await page.getByRole('link', { name: 'Merge', exact: true }).click();
  const form = page.getByRole('dialog', { name: 'Merge Miranda Doppel into Mira Doppel' });
  await expect(form.getByText('Go to Mira Doppel: 1 order.')).toBeVisible();
  await ready(page);
  await form.getByLabel('Name').selectOption('take');
  await form.getByLabel('Reason').fill(' ');
  await form.getByRole('button', { name: 'Merge' }).click();
  await expect(form.getByText(/Say why, in 1 to/)).toBeVisible();
  await expect(form.getByLabel('Name')).toHaveValue('take');
  await ready(page);
  await form.getByLabel('Reason').fill('Says so herself');
  await form.getByRole('button', { name: 'Merge' }).click();
  await expect(told(page, 'is merged into').first()).toBeVisible();
  expect(new URL(page.url()).pathname).toBe(kept);
  await expect(page.getByRole('heading', { level: 1, name: 'Miranda Doppel' })).toBeVisible();
  await expect(page.getByText(/“Says so herself” Moved: 1 order/).first()).toBeVisible();
  await expect(page.locator('section', { has: page.locator('#orders-title') }).getByRole('listitem')).toHaveCount(2);

  // the other one says where it went, and why it can't just be brought back
  await visit(page, other);
  await expect(page.getByText('Deleted').first()).toBeVisible();
  await expect(page.getByText(/Bring the account back: /)).toBeVisible();
  await page.locator('section', { has: page.locator('#standing-title') }).getByRole('link', { name: 'Miranda Doppel' }).click();
  await page.waitForURL((url) => url.pathname === kept);
  await ready(page);

  await page.getByRole('link', { name: /^Undo the merge/ }).click();
  const undo = page.getByRole('dialog', { name: /^Undo the merge/ });
  await expect(undo.getByText('Go back to Miranda Doppel: 1 order.')).toBeVisible();
  await ready(page);
  await undo.getByLabel('Reason').fill('Her sister, after all');
  await undo.getByRole('button', { name: 'Undo the merge' }).click();
  await expect(told(page, 'The merge is undone').first()).toBeVisible();
  await expect(page.getByRole('heading', { level: 1, name: 'Mira Doppel' })).toBeVisible();
  await expect(page.getByText('Undone', { exact: true }).first()).toBeVisible();
  await visit(page, `${other}?part=history`);
  await expect(page.getByText('“Her sister, after all”').first()).toBeVisible();
  await visit(page, '/users?status=active&q=Miranda Doppel');
  await expect(rows(page).first()).toBeVisible();
});
