// Pictures of every page into screenshots/, to be looked at.
import type { Page } from '@playwright/test';
import { badge, email, enter, expect, expectStatus, forget, mailedLink, newCustomer, openFirst, test, twoAccounts, unfold, visit } from '../support';

// many pages, each in light and dark and in several widths
test.describe.configure({ timeout: 120_000 });

async function shoot(page: Page, name: string, fullPage = true) {
  await page.evaluate(() => document.fonts.ready.then(() => scrollTo(0, 0)));
  for (const [width, height, colorScheme] of [[390, 844, 'light'], [1280, 800, 'light'], [1280, 800, 'dark'], [1920, 1080, 'light']] as const) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.screenshot({ path: `screenshots/${name}-${width}${colorScheme === 'dark' ? '-dark' : ''}.png`, fullPage });
  }
}

test('sign-in', async ({ page }) => {
  await visit(page, '/login');
  await shoot(page, 'login');
  await page.getByLabel('Email').fill('support@techally.test');
  await page.getByLabel('Password').fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await shoot(page, 'login-refused');
});

test('pages of last resort, half a sign-in', async ({ page, context }) => {
  await enter(context, 'support');
  for (const status of [429, 500, 503]) {
    expectStatus(context, status);
    await page.goto(`/dev/error/${status}`);
    await shoot(page, `error-${status}`);
  }
  await visit(page, '/account/second-factor');
  await shoot(page, 'second-factor');
  await page.getByRole('button', { name: 'Set up' }).click();
  await expect(page.locator('.qr svg')).toBeVisible();
  await shoot(page, 'second-factor-scan');
  await visit(page, '/login/code');
  await shoot(page, 'login-code-ended');
});

test('a forgotten password', async ({ page, context }) => {
  await visit(page, '/login/forgot');
  await shoot(page, 'forgot');
  await visit(page, '/login/forgot?done=sent');
  await shoot(page, 'forgot-sent');
  await visit(page, '/login?done=password');
  await shoot(page, 'login-done');
  await visit(page, '/login/link?token=none', 404);
  await shoot(page, 'link-none');
  await forget(context, email('warehouse'));
  await enter(context, 'super');
  const link = await mailedLink(page, email('warehouse'));
  await shoot(page, 'dev-mail', false);
  await context.clearCookies();
  await visit(page, link);
  await page.getByLabel('New password').fill('techally-demo-2026');
  await page.getByRole('button', { name: 'Set password' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await shoot(page, 'link-refused');
});

test('support', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/');
  await shoot(page, 'today');
  await page.locator('button.me').click();
  await shoot(page, 'menu', false);
  await visit(page, '/orders?limit=25');
  await shoot(page, 'orders');
  await visit(page, '/orders?limit=25&q=status:completed+total:%3E500');
  await page.getByText('What can be searched for').click();
  await shoot(page, 'orders-search');
  await visit(page, '/orders?limit=25&panel=columns&cols=order,placed,customer,status,email,tags,total');
  await shoot(page, 'orders-columns');
  await visit(page, '/orders?limit=25&panel=filters&payment=paid&min=100');
  await shoot(page, 'orders-filters');
  await visit(page, '/views?list=orders&query=status%3DFAILED');
  await shoot(page, 'views');
  await visit(page, '/orders?q=nothing:here');
  await shoot(page, 'orders-empty');
  for (const status of ['PENDING', 'PROCESSING', 'CONFIRMED', 'DELIVERED', 'CANCELLED', 'RETURNED']) {
    await openFirst(page, status);
    await shoot(page, `order-${status.toLowerCase()}`);
  }
  await openFirst(page, 'CONFIRMED');
  const order = new URL(page.url()).pathname;
  await visit(page, `${order}?act=address`);
  await shoot(page, 'order-address', false);
  await visit(page, `${order}?act=reveal-email`);
  await shoot(page, 'order-reveal', false);
  for (const paper of ['invoice', 'packing-slip']) {
    await visit(page, `${order}/${paper}`);
    await shoot(page, paper);
  }
  await visit(page, '/settings');
  await shoot(page, 'settings');
  await visit(page, '/inbox');
  await shoot(page, 'inbox');
  await openFirst(page, 'PENDING');
  await unfold(page, 'Cancel order');
  await shoot(page, 'order-cancel');
});

test('an order on the phone', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/orders/new?q=mar');
  await shoot(page, 'phone-customers');
  await page.locator('.others').getByRole('link').first().click();
  await page.getByRole('searchbox', { name: 'Name or SKU of an article' }).fill('pro');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await page.locator('.offer').getByRole('link').first().click();
  await expect(page.locator('.basket')).toBeVisible();
  await shoot(page, 'phone-basket');
  await page.getByRole('link', { name: 'Address and payment' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await shoot(page, 'phone-last', false);
  await visit(page, '/orders/new?act=customer');
  await shoot(page, 'phone-customer', false);
});

test('audit trail', async ({ page, context }) => {
  await enter(context, 'admin');
  await visit(page, '/audit?limit=25');
  await shoot(page, 'audit');
  await visit(page, '/audit?limit=25&panel=filters&status=change&action=update');
  await shoot(page, 'audit-filters');
  await visit(page, '/audit?status=change&limit=25');
  await page.locator('main tbody tr').first().getByRole('link').first().click();
  await expect(page).toHaveURL(/\/audit\/[0-9a-f-]{36}/);
  await shoot(page, 'audit-entry');
  await page.getByRole('link', { name: 'Difference to now' }).click();
  await expect(page).toHaveURL(/\/audit\/record/);
  await shoot(page, 'audit-record');
  await visit(page, '/audit/seal');
  await shoot(page, 'audit-seal');
});

test('list of users', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/users?limit=25');
  await shoot(page, 'users');
  await visit(page, '/users?limit=25&panel=filters&orders=yes&min=100');
  await shoot(page, 'users-filters');
  await visit(page, '/users?limit=25&panel=columns&cols=user,email,phone,status,verified,locked,tags,spent');
  await shoot(page, 'users-columns');
  await visit(page, '/users?q=email:erika');
  await shoot(page, 'users-refused');
  await visit(page, '/users/bulk?status=inactive&do=suspend');
  await shoot(page, 'users-bulk', false);
  await enter(context, 'admin');
  await visit(page, '/users?limit=25&sort=-spent');
  await shoot(page, 'users-admin');
});

test('one’s own account', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/account');
  await shoot(page, 'account');
  await visit(page, '/account?act=preferences');
  await shoot(page, 'account-preferences', false);
  await visit(page, '/account?act=password');
  await shoot(page, 'account-password', false);
  await visit(page, '/account/avatar');
  await shoot(page, 'account-picture');
});

test('bulk acts and jobs', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/orders/bulk?status=CONFIRMED');
  await shoot(page, 'bulk');
  await visit(page, '/orders/bulk?do=move');
  await shoot(page, 'bulk-move', false);
  await page.getByRole('dialog').getByLabel('New status').selectOption('Cancelled');
  await page.getByRole('dialog').getByLabel('Reason').fill('Recall of a lot');
  await page.getByRole('dialog').getByRole('button', { name: 'Preview' }).click();
  await expect(page.getByRole('button', { name: 'Discard' })).toBeVisible();
  await shoot(page, 'job-preview');
  await visit(page, '/jobs');
  await shoot(page, 'jobs');
});

test('privacy', async ({ page, context }) => {
  await enter(context, 'admin');
  const { person } = await newCustomer(page, 'Selma');
  await visit(page, `${person}?act=erase`);
  await shoot(page, 'erase', false);
  await page.getByRole('dialog').getByLabel('Reason').fill('Asked in writing, and knew the last order');
  await page.getByRole('dialog').getByRole('button', { name: 'Ask for the erasure' }).click();
  await expect(page.getByRole('heading', { level: 1, name: /^Erasure of/ })).toBeVisible();
  await shoot(page, 'erasure');
  await visit(page, '/privacy');
  await shoot(page, 'privacy');
});

test('two accounts of one customer', async ({ page, context }) => {
  await enter(context, 'support');
  const { kept, other } = await twoAccounts(page);
  await visit(page, `${kept}/merge`);
  await shoot(page, 'merge-choose');
  await visit(page, `${kept}/merge?with=${other.split('/').pop()}`);
  await shoot(page, 'merge');
  await visit(page, `${kept}/merge?with=${other.split('/').pop()}&act=merge`);
  await shoot(page, 'merge-form', false);
});

test('a person of the shop', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/users?role=customer&orders=yes&limit=25');
  await page.locator('main tbody tr').first().getByRole('link').first().click();
  await expect(page.getByRole('navigation', { name: 'Parts' })).toBeVisible();
  const person = new URL(page.url()).pathname;
  await shoot(page, 'user');
  for (const part of ['money', 'addresses', 'history']) {
    await visit(page, `${person}?part=${part}`);
    await shoot(page, `user-${part}`);
  }
  for (const act of ['edit', 'suspend']) {
    await visit(page, `${person}?act=${act}`);
    await shoot(page, `user-${act}`, false);
  }
});

test('staff', async ({ page, context }) => {
  await enter(context, 'super');
  await visit(page, '/staff');
  await shoot(page, 'staff');
  await visit(page, '/staff?act=invite');
  await shoot(page, 'staff-invite', false);
  await visit(page, '/staff?q=support');
  await page.locator('#people-title').locator('xpath=ancestor::section').getByRole('listitem').getByRole('link').first().click();
  await expect(badge(page)).toBeVisible();
  const person = new URL(page.url()).pathname;
  await shoot(page, 'person');
  await visit(page, `${person}?act=role`);
  await shoot(page, 'person-role', false);
  await enter(context, 'warehouse');
  await visit(page, '/settings/roles?ask=reveal_data');
  await shoot(page, 'ask-for-a-right', false);
  await visit(page, '/staff', 403);
  await shoot(page, 'staff-403');
});

test('finding anything', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/search?q=mia');
  await shoot(page, 'search');
  await visit(page, '/orders?limit=25');
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').getByRole('combobox').fill('TA-10');
  await expect(page.getByRole('dialog').getByRole('option').first()).toBeVisible();
  await shoot(page, 'palette', false);
});

test('warehouse', async ({ page, context }) => {
  await enter(context, 'warehouse');
  await visit(page, '/');
  await shoot(page, 'today-warehouse');
  await openFirst(page, 'PREPARING');
  const form = await unfold(page, 'Mark as shipped');
  await form.getByLabel('Carrier').fill('DHL');
  await form.getByLabel('Tracking number').fill(' ');
  await form.getByRole('button', { name: 'Mark as shipped' }).click();
  await expect(form.getByRole('alert')).toBeVisible();
  await shoot(page, 'order-refused');
  await openFirst(page, 'DELIVERED');
  await unfold(page, 'Take a return');
  await shoot(page, 'order-return');
});

test('roles, components, dialogs', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/settings/roles');
  await shoot(page, 'roles');
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole('button', { name: 'All pages' }).click();
  await page.screenshot({ path: 'screenshots/sheet-390.png' });
  await page.keyboard.press('Escape');
  await visit(page, '/dev/components');
  await page.getByRole('checkbox', { name: 'Select order TA-104817' }).check();
  await shoot(page, 'components');
  await page.getByRole('button', { name: 'More' }).click();
  await shoot(page, 'components-menu', false);
  await page.getByRole('link', { name: 'Confirm with effect…' }).click();
  await shoot(page, 'components-confirm', false);
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await shoot(page, 'shortcuts', false);
  await page.keyboard.press('Escape');
  await openFirst(page, 'DELIVERED');
  await page.emulateMedia({ media: 'print' });
  await page.setViewportSize({ width: 794, height: 1123 });
  await page.screenshot({ path: 'screenshots/order-print.png', fullPage: true });
});

test('pages that say no', async ({ page, context }) => {
  await enter(context, 'moderator');
  await visit(page, '/');
  await shoot(page, 'today-moderator');
  await visit(page, '/orders', 403);
  await shoot(page, 'forbidden');
  await visit(page, '/nowhere', 404);
  await shoot(page, 'missing');
});
