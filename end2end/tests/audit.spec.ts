// The audit trail: what somebody did is found by who, what and where, read field by field, and kept from who may not see it.
import { enter, expect, openFirst, ready, rows, test, visit } from '../support';

test('a change is found, opened, and put beside the record and the others of its request', async ({ page, context }) => {
  await enter(context, 'admin');
  await openFirst(page, 'CONFIRMED');
  const order = new URL(page.url()).pathname;
  const said = `audited ${Date.now()}`;
  await page.getByLabel('Add a note').fill(said);
  await page.getByRole('button', { name: 'Add note' }).click();
  await expect(page.locator('main')).toContainText(said);
  await visit(page, '/audit?q=actor:me table:order_notes action:insert');
  await ready(page);
  await expect(rows(page).first()).toContainText('Added: note on an order');
  await expect(page.locator('main tbody'), 'what is personal is named only').not.toContainText(said);
  await rows(page).first().getByRole('link').first().click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Added: note on an order');
  await expect(page.locator('main')).toContainText(said);
  await expect(page.locator('main').getByRole('link', { name: /in order_notes/ })).toHaveAttribute('href', order);
  await page.getByRole('link', { name: 'Everything of this request' }).click();
  await expect(page).toHaveURL(/q=request/);
  await expect(rows(page).first()).toBeVisible();
});

test('kinds are tabs, a wrong word is explained, the seal is told', async ({ page, context }) => {
  await enter(context, 'admin');
  await visit(page, '/audit?limit=25');
  await expect(page.locator('main')).toContainText(/Sealed up to \d+:[0-9a-f]{64}|Nothing is sealed yet/);
  await page.getByRole('link', { name: 'Sign-ins', exact: true }).click();
  await expect(page).toHaveURL(/status=sign_in/);
  await expect(rows(page).first()).toContainText('Sign-in');
  await visit(page, '/audit?q=colour:red');
  await expect(page.locator('main')).toContainText("can't be searched by");
});

test('support has no way there', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/');
  await expect(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Audit' })).toHaveCount(0);
  await visit(page, '/audit', 403);
});
