// Many orders changed together: chosen, previewed, run, watched, set back; with JavaScript and without.
import type { Page } from '@playwright/test';
import { badge, enter, expect, rows, test, visit } from '../support';

/** Waits for the end of the job on the page: it follows by itself with JavaScript, and refreshes itself without. */
const done = (page: Page, state = 'Done') => expect(badge(page)).toHaveText(state, { timeout: 30_000 });

test('checked orders get a tag by a job, and lose it again', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/orders?status=COMPLETED&limit=25');
  const name = `e2e ${Date.now() % 100_000_000}`;
  await rows(page).nth(0).getByRole('checkbox').check();
  await rows(page).nth(2).getByRole('checkbox').check();
  await page.getByRole('group', { name: 'Selected rows' }).getByRole('button', { name: 'Change…' }).click();
  await expect(page.getByRole('heading', { name: 'Change orders' })).toBeVisible();
  await expect(page.getByText('2 orders that you chose.')).toBeVisible();
  await page.getByRole('link', { name: 'Change tags' }).click();
  const sheet = page.getByRole('dialog', { name: 'Change tags' });
  // nothing named: the form says so, beside its field
  await sheet.getByRole('button', { name: 'Preview' }).click();
  await expect(sheet.getByText('Name a tag to put on or to take off.')).toBeVisible();
  await sheet.getByLabel('Put on').fill(name);
  await sheet.getByRole('button', { name: 'Preview' }).click();
  await expect(badge(page)).toHaveText('Preview');
  await expect(page.getByText(`2 orders have “${name}” then.`)).toBeVisible();
  await page.getByRole('button', { name: 'Run for 2' }).click();
  await done(page);
  await expect(page.getByText('2 of 2')).toBeVisible();
  const job = page.url();
  await visit(page, `/orders?q=tag:"${name}"`);
  await expect(rows(page)).toHaveCount(2);
  await visit(page, new URL(job).pathname);
  await page.getByRole('button', { name: 'Set back what it did…' }).click();
  await expect(badge(page)).toHaveText('Preview');
  await page.getByRole('button', { name: 'Run for 2' }).click();
  await done(page);
  await visit(page, `/orders?q=tag:"${name}"`);
  await expect(rows(page)).toHaveCount(0);
  await visit(page, '/jobs');
  await expect(page.getByRole('link', { name: 'Change tags of orders', exact: true }).first()).toBeVisible();
});

test('all that fit a filter, with those that cannot and why; a preview is thrown away', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/orders?status=SHIPPED&limit=25');
  await page.locator('.actions').getByRole('link', { name: 'Change…' }).click();
  await expect(page.getByText(/^[\d,]+ orders: all that fit the list’s filter\.$/)).toBeVisible();
  await page.getByRole('link', { name: 'Move along' }).click();
  const sheet = page.getByRole('dialog', { name: 'Move along' });
  await sheet.getByLabel('New status').selectOption('Cancelled');
  await sheet.getByLabel('Reason').fill('A recall');
  await sheet.getByRole('button', { name: 'Preview' }).click();
  await expect(page.getByRole('alert')).toContainText('It can be done to none of these orders.');
  await expect(sheet.getByLabel('Reason')).toHaveValue('A recall');
  await visit(page, '/orders/bulk?do=note&status=SHIPPED');
  await page.getByRole('dialog').getByLabel('Note').fill('Not to be sent');
  await page.getByRole('dialog').getByRole('button', { name: 'Preview' }).click();
  await expect(badge(page)).toHaveText('Preview');
  await page.getByRole('button', { name: 'Discard' }).click();
  await expect(page.getByRole('heading', { name: 'Jobs', exact: true })).toBeVisible();
});

test('a job is stopped and goes on', async ({ page, context }) => {
  await enter(context, 'admin');
  await visit(page, '/orders/bulk?do=tags');
  const sheet = page.getByRole('dialog');
  await sheet.getByLabel('Put on').fill(`long ${Date.now() % 100_000_000}`);
  await sheet.getByRole('button', { name: 'Preview' }).click();
  await page.getByRole('button', { name: /^Run for/ }).click();
  await page.getByRole('button', { name: 'Stop' }).click();
  await done(page, 'Stopped');
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByRole('button', { name: 'Stop' }).click();
  await done(page, 'Stopped');
  await expect(page.getByRole('progressbar')).toBeVisible();
});

test('a file of the list is made by a job and downloaded', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/orders?status=FAILED&limit=25&cols=order,total');
  await page.locator('.actions').getByRole('link', { name: 'Change…' }).click();
  await page.getByRole('link', { name: 'Make a file' }).click();
  const sheet = page.getByRole('dialog', { name: 'Make a file' });
  await sheet.getByLabel('Name of the file').fill('failed orders');
  await sheet.getByRole('button', { name: 'Make the file' }).click();
  await expect(page.getByRole('heading', { name: 'A file of orders' })).toBeVisible();
  await done(page);
  const coming = page.waitForEvent('download');
  await page.getByRole('link', { name: /^Download, / }).click();
  const file = await coming;
  expect(file.suggestedFilename()).toBe('failed orders.csv');
  const text = await (await import('node:fs/promises')).readFile((await file.path())!, 'utf8');
  expect(text.split('\r\n')[0]).toBe('\ufeffOrder,Total,Currency');
  expect(text.split('\r\n').length).toBeGreaterThan(20);
});
