// The audit trail: what somebody did is found by who, what and where, read field by field, and kept from who may not see it.
import type { Page } from '@playwright/test';
import { enter, expect, openFirst, ready, rows, test, visit } from '../support';

const numberOf = async (page: Page) => (await page.getByRole('heading', { level: 1 }).innerText()).match(/TA-\d+/)![0];

test('a change is found, opened, and put beside the record and the others of its request', async ({ page, context }) => {
  await enter(context, 'admin');
  await openFirst(page, 'CONFIRMED');
  const order = new URL(page.url()).pathname;
  const number = await numberOf(page);
  const said = `audited ${Date.now()}`;
  await page.getByLabel('Add a note').fill(said);
  await page.getByRole('button', { name: 'Add note' }).click();
  await expect(page.locator('main')).toContainText(said);
  await visit(page, '/audit');
  await ready(page);
  await page.locator('input[name=q]').first().fill(`${number} actor:me action:insert table:order_notes`);
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await expect(page).toHaveURL(/q=/);
  await ready(page);
  await expect(rows(page).first()).toContainText(`Added: note on order ${number}`);
  await expect(page.locator('main tbody'), 'what is personal is named only').not.toContainText(said);
  await rows(page).first().getByRole('link').first().click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText(`Added: note on order ${number}`);
  await expect(page.locator('main')).toContainText(said);
  await expect(page.locator('main').getByRole('link', { name: `Note on order ${number}` })).toHaveAttribute('href', order);
  await page.getByRole('link', { name: 'Everything of this request' }).click();
  await expect(page).toHaveURL(/q=request/);
  await expect(rows(page).first()).toBeVisible();
});

test('kinds are tabs, a wrong word is explained, the seal is told', async ({ page, context }) => {
  await enter(context, 'admin');
  await visit(page, '/audit?limit=25');
  await expect(page.locator('main')).toContainText(/Sealed but for the last|Every entry is sealed|Nothing is sealed yet/);
  await page.getByRole('link', { name: 'Sign-ins', exact: true }).click();
  await expect(page).toHaveURL(/status=sign_in/);
  await expect(rows(page).first()).toContainText('Sign-in');
  await visit(page, '/audit?q=colour:red');
  await expect(page.locator('main')).toContainText("can't be searched by");
});

test('a record is put beside what it was, from its entry, and at moments that are chosen', async ({ page, context }) => {
  await enter(context, 'admin');
  await openFirst(page, 'CONFIRMED');
  const order = new URL(page.url()).pathname.split('/').pop();
  const number = await numberOf(page);
  const said = `then and now ${Date.now()}`;
  await page.getByLabel('Add a note').fill(said);
  await page.getByRole('button', { name: 'Add note' }).click();
  await expect(page.locator('main')).toContainText(said);
  await visit(page, '/audit?q=actor:me table:order_notes action:insert');
  await rows(page).first().getByRole('link').first().click();
  await page.getByRole('link', { name: 'Difference to now' }).click();
  await expect(page).toHaveURL(/\/audit\/record\?table=order_notes/);
  await expect(page.getByRole('heading', { level: 1 })).toContainText(`Then and now: note on order ${number}`);
  await expect(page.locator('main')).toContainText('In the database');
  await expect(page.locator('main')).toContainText(said);
  // before it was written it wasn't there
  await ready(page);
  await page.getByLabel('From', { exact: true }).fill('2020-01-01T00:00:00');
  await page.getByRole('button', { name: 'Compare' }).click();
  await expect(page).toHaveURL(/from=2020-01-01/);
  await expect(page.locator('main')).toContainText('(not there)');
  await expect(page.getByRole('row', { name: /^body/ })).toContainText(said);
  const changes = page.getByRole('region', { name: 'Its changes' });
  await changes.getByRole('link').first().click();
  await expect(page).toHaveURL(/\/audit\/[0-9a-f-]{36}/);
  // and from the order's own history
  await visit(page, `/orders/${order}/history`);
  await page.getByRole('link', { name: 'In the audit trail' }).click();
  await expect(page).toHaveURL(new RegExp(`/audit/record\\?table=orders&row=${order}`));
  await expect(page.getByRole('link', { name: 'Its own page' })).toHaveAttribute('href', `/orders/${order}`);
});

test('the seal is checked by a job, and its head is a file', async ({ page, context }) => {
  await enter(context, 'admin');
  await visit(page, '/audit?limit=25');
  await page.getByRole('link', { name: 'Seal', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Seal of the audit trail');
  await ready(page);
  const check = page.getByRole('button', { name: 'Check now' });
  // a check that the night or another run of this test began
  await expect(check).toBeVisible({ timeout: 60_000 });
  await check.click();
  await expect(page.locator('main')).toContainText('Nothing: every entry is as it was written.', { timeout: 60_000 });
  await expect(page.getByText('As written').first()).toBeVisible();
  await expect(check).toBeVisible({ timeout: 60_000 });
  const head = page.getByRole('link', { name: 'Head as a file' });
  const [file] = await Promise.all([page.waitForEvent('download'), head.click()]);
  expect(file.suggestedFilename()).toMatch(/^audit-head-20\d\d-\d\d-\d\d\.txt$/);
  await visit(page, '/audit?limit=25');
  await expect(page.locator('main')).toContainText('all as they were written');
});

test('support has no way there', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/');
  await expect(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Audit' })).toHaveCount(0);
  await visit(page, '/audit', 403);
});
