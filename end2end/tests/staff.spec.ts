// Who works here, and rights for a time; with JavaScript and without.
import { badge, enter, expect, ready, test, told, visit, watch, type Role } from '../support';

const withScript = () => test.info().project.use.javaScriptEnabled !== false;

test('a link that is clicked before the page is alive leads where it says', async ({ page, context }) => {
  test.skip(!withScript(), 'without scripts a link is always a link');
  await enter(context, 'super');
  // the page's own part comes late, as on a slow line: around it the app is alive already
  await page.route('**/part_*.wasm', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await route.continue();
  });
  await page.goto('/staff', { waitUntil: 'domcontentloaded' });
  await expect(page.locator('form[data-alive]').first()).toBeAttached();
  await page.getByRole('link', { name: 'Invite', exact: true }).click();
  await expect(page.getByRole('dialog', { name: 'Invite somebody' })).toBeVisible();
});

test('a colleague is invited, suspended and back', async ({ page, context }) => {
  await enter(context, 'super');
  await visit(page, '/staff');
  await page.getByRole('link', { name: 'Invite', exact: true }).click();
  const sheet = page.getByRole('dialog', { name: 'Invite somebody' });
  const name = `Nora${Date.now() % 100_000_000}`;
  await sheet.getByLabel('First name').fill(name);
  await sheet.getByLabel('Last name').fill('Lindqvist');
  await sheet.getByLabel('E-mail address').fill('super@techally.test');
  await sheet.getByLabel('Role').selectOption('warehouse_manager');
  await ready(page);
  await sheet.getByRole('button', { name: 'Invite' }).click();
  await expect(sheet.getByText(/works here already/)).toBeVisible();
  await expect(sheet.getByLabel('First name')).toHaveValue(name);
  await ready(page);
  await sheet.getByLabel('E-mail address').fill(`${name.toLowerCase()}@techally.test`);
  await sheet.getByRole('button', { name: 'Invite' }).click();
  await expect(badge(page)).toHaveText('Invited');
  await expect(page.getByRole('heading', { name: `${name} Lindqvist` })).toBeVisible();
  await expect(page.getByText('Added as Warehouse manager')).toBeVisible();

  await page.getByRole('link', { name: 'Suspend', exact: true }).click();
  const suspend = page.getByRole('dialog', { name: `Suspend ${name}` });
  await ready(page);
  await suspend.getByLabel('Reason').fill('Starts later');
  await suspend.getByRole('button', { name: 'Suspend' }).click();
  await expect(badge(page)).toHaveText('Suspended');
  await expect(page.getByText(/“Starts later”/)).toBeVisible();
  await page.getByRole('link', { name: 'Reactivate', exact: true }).click();
  const back = page.getByRole('dialog', { name: `Reactivate ${name}` });
  await ready(page);
  await back.getByLabel('Reason').fill('Starts now');
  await back.getByRole('button', { name: 'Reactivate' }).click();
  await expect(badge(page)).toHaveText('Invited');

  await visit(page, '/staff');
  await page.getByRole('searchbox', { name: 'Name or address' }).fill(name);
  await page.getByRole('search').getByRole('button', { name: 'Search' }).click();
  await expect(page.getByRole('link', { name: `${name} Lindqvist` })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Sofia', exact: false }).filter({ hasText: 'super' })).toHaveCount(0);
});

test('a right is asked for, granted for hours, used and given back', async ({ page, context, browser }) => {
  // each way to use the page has its own person, so that both can run at once
  const who: Role = withScript() ? 'moderator' : 'warehouse';
  await enter(context, who);
  await visit(page, '/staff', 403);
  await page.getByRole('link', { name: 'Ask for it for some hours' }).click();
  const sheet = page.getByRole('dialog', { name: 'Ask for “See staff”' });
  await ready(page);
  await sheet.getByLabel('For how long').selectOption('8');
  await sheet.getByLabel('What you need it for').fill('the plan of the holidays');
  await sheet.getByRole('button', { name: 'Ask' }).click();
  await expect(told(page, 'You asked.').first()).toBeVisible();
  await expect(page.getByRole('button', { name: 'Take back “See staff”' })).toBeVisible();

  const other = await browser.newContext(test.info().project.use);
  const problems = await watch(other);
  await enter(other, 'admin');
  const theirs = await other.newPage();
  await visit(theirs, '/staff');
  const line = theirs.locator('#waiting-title').locator('xpath=ancestor::section').getByRole('listitem');
  await expect(line.filter({ hasText: 'the plan of the holidays' }).first()).toBeVisible();
  await visit(theirs, '/inbox');
  await theirs.getByRole('listitem').filter({ hasText: 'asks for the right' }).getByRole('link', { name: 'See staff' }).first().click();
  await theirs.getByRole('link', { name: 'Grant “See staff”' }).click();
  const grant = theirs.getByRole('dialog', { name: /^Grant “See staff” to / });
  await ready(theirs);
  await grant.getByLabel('For how long').selectOption('4');
  await grant.getByRole('button', { name: 'Grant' }).click();
  await expect(theirs.getByText('In force')).toBeVisible();
  await other.close();
  expect(problems).toEqual([]);

  await visit(page, '/staff');
  await expect(page.getByRole('heading', { name: 'Staff', exact: true })).toBeVisible();
  await visit(page, '/settings/roles');
  await page.getByRole('button', { name: 'Give back “See staff”' }).click();
  await expect(page.getByRole('button', { name: 'Give back “See staff”' })).toHaveCount(0);
  await visit(page, '/staff', 403);
});
