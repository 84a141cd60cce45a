// What surrounds every page. Runs with JavaScript and without.
import { email, enter, expect, openFirst, password, ready, signOut, test, visit } from '../support';

const phone = { width: 360, height: 740 };
const html = 'html';

test('on a phone every page is reached, by the bar and by the sheet', async ({ page, context }) => {
  await enter(context, 'support');
  await page.setViewportSize(phone);
  await visit(page, '/');
  const main = page.getByRole('navigation', { name: 'Main' });
  await expect(main).toBeHidden();
  await page.getByRole('navigation', { name: 'Quick' }).getByRole('link', { name: 'Orders' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Orders');
  await ready(page);

  await page.getByRole('button', { name: 'All pages' }).click();
  await expect(main).toBeVisible();
  await expect(main.getByRole('link', { name: 'Settings', exact: true })).toBeVisible();
  await main.getByRole('link', { name: 'Roles and rights' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Roles and rights');
  await expect(page).toHaveURL('/settings/roles');
  await expect(main).toBeHidden();
  await expect(page.getByRole('navigation', { name: 'You are here' })).toHaveText('SettingsRoles and rights');

  await page.getByRole('button', { name: 'All pages' }).click();
  await expect(main).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(main).toBeHidden();
});

test('the theme changes at once and stays, also for the sign-in page', async ({ page, context }) => {
  await enter(context, 'moderator');
  await visit(page, '/settings/roles');
  const choose = async (name: string) => {
    await page.locator('button.me').click();
    await page.getByRole('button', { name, exact: true }).click();
  };
  const root = page.locator(html);
  const dark = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
  try {
    await choose('Dark');
    await expect(root).toHaveAttribute('data-theme', 'dark');
    expect(await dark()).toBe('dark');
    await expect(page).toHaveURL('/settings/roles');
    // stored before it is asked for again
    await expect.poll(async () => (await (await context.request.get('/')).text()).includes('data-theme="dark"')).toBe(true);
    await visit(page, '/');
    await expect(root).toHaveAttribute('data-theme', 'dark');
    await page.locator('button.me').click();
    await expect(page.getByRole('button', { name: 'Dark', exact: true })).toHaveAttribute('aria-pressed', 'true');
    await page.keyboard.press('Escape');
    await signOut(page);
    await expect(root).toHaveAttribute('data-theme', 'dark');
    await page.getByLabel('Email').fill(email('moderator'));
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL('/');
    await ready(page);
  } finally {
    await context.request.post('/look', { form: { theme: 'system' }, headers: { origin: test.info().project.use.baseURL! } });
  }
});

test('a refused page says which right is missing and who can give it', async ({ page, context }) => {
  await enter(context, 'moderator');
  await visit(page, '/orders', 403);
  const said = page.getByRole('alert');
  await expect(said).toContainText('“Read orders”');
  await expect(said).toContainText('Support, Warehouse manager, Admin, Super admin');
  await expect(said).toContainText('Ask a super admin');
  await expect(said.locator('.request .code')).toHaveText(/^[0-9a-f-]{36}$/);
  await said.getByRole('link', { name: 'See roles and rights' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Roles and rights');
  await expect(page.getByRole('columnheader', { name: /Moderator.*your role/ }).first()).toBeVisible();
});

test('a dialog opens, says what will change, and closes', async ({ page, context }) => {
  const scripts = test.info().project.name === 'js';
  await enter(context, 'support');
  await visit(page, '/dev/components');
  const opener = page.getByRole('link', { name: 'Confirm with effect…' });
  const dialog = page.getByRole('dialog', { name: 'Cancel TA-104818?' });
  await expect(dialog).toBeHidden();
  await opener.click();
  await expect(dialog).toBeVisible();
  await expect(dialog.getByRole('listitem')).toHaveCount(3);
  if (scripts) {
    // the rest of the page can't be reached, and the focus comes back
    await expect(page).toHaveURL('/dev/components');
    for (let n = 0; n < 8; n++) {
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement === document.body || !!document.activeElement?.closest('dialog'))).toBe(true);
    }
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
    await expect(opener).toBeFocused();
    await opener.press('Enter');
    await dialog.getByRole('button', { name: 'Keep it' }).or(dialog.getByRole('link', { name: 'Keep it' })).click();
    await expect(dialog).toBeHidden();
    await expect(page).toHaveURL('/dev/components');
  } else {
    await expect(page).toHaveURL(/ask=confirm/);
    await dialog.getByRole('link', { name: 'Keep it' }).click();
    await expect(page).toHaveURL('/dev/components');
    await expect(dialog).toBeHidden();
  }
});

test('a menu opens, says why not, and closes on Escape', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/dev/components');
  const button = page.getByRole('button', { name: 'More' });
  await button.click();
  await expect(page.getByText('It is shipped already')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByText('It is shipped already')).toBeHidden();
  await expect(button).toBeFocused();
});

test('the order page prints without what surrounds it', async ({ page, context }) => {
  await enter(context, 'support');
  await openFirst(page, 'PENDING');
  await page.emulateMedia({ media: 'print' });
  for (const gone of ['.side', '.top', '.next', '.note-form', '.notice']) await expect(page.locator(gone).first()).toBeHidden();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Items' })).toBeVisible();
  if (test.info().project.name === 'js') await page.pdf({ path: 'screenshots/order.pdf', format: 'A4' });
});
