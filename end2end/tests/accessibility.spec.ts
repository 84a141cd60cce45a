// axe, light and dark, and a phone's width, on every page.
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { badge, email, enter, expect, forget, mailedLink, newCustomer, openFirst, ready, test, twoAccounts, unfoldAll, visit, type Role } from '../support';

// many states, each in light and dark and in several widths
test.describe.configure({ timeout: 120_000 });

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'];

async function axe(page: Page, what: string) {
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  const found = violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target} ${node.failureSummary?.split('\n')[1]?.trim()}`));
  expect.soft(found, what).toEqual([]);
}

/** A page passes in both themes, and fits a phone of 360 px with targets that a thumb can hit. */
async function check(page: Page, what: string) {
  // behind a link the address is there before the page is
  await expect(page.locator('h1').first()).toBeVisible();
  await expect(page).toHaveTitle(/./);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await axe(page, `${what}, ${colorScheme}`);
  }
  await page.setViewportSize({ width: 360, height: 740 });
  const wide = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const beyond = [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > width + 1);
    return [`${document.documentElement.scrollWidth} px`, ...beyond.slice(0, 5).map((one) => `${one.tagName}.${one.className}`)];
  });
  expect.soft(wide, `${what} at 360 px scrolls sideways`).toEqual([]);
  const phone = await new AxeBuilder({ page }).withRules(['target-size', 'scrollable-region-focusable']).analyze();
  expect.soft(phone.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target}`)), `${what}, phone`).toEqual([]);
  await page.setViewportSize({ width: 1280, height: 800 });
}

test('sign-in, before and after a refusal', async ({ page }) => {
  await visit(page, '/login');
  await check(page, '/login');
  await page.getByLabel('Email').fill(email('support'));
  await page.getByLabel('Password').fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await check(page, '/login, refused');
});

test('a forgotten password', async ({ page, context }) => {
  await visit(page, '/login/forgot');
  await check(page, '/login/forgot');
  await page.getByLabel('Email').fill('nobody');
  await page.locator('form').evaluate((form: HTMLFormElement) => (form.noValidate = true));
  await page.getByRole('button', { name: 'Send the link' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await check(page, '/login/forgot, refused');
  await visit(page, '/login/forgot?done=sent');
  await check(page, '/login/forgot, sent');
  await visit(page, '/login?done=password');
  await check(page, '/login, after a link');
  await visit(page, '/login/link?token=none', 404);
  await check(page, '/login/link, not one of ours');
  await forget(context, email('moderator'));
  await enter(context, 'super');
  const link = await mailedLink(page, email('moderator'));
  await check(page, '/dev/mail');
  await context.clearCookies();
  await visit(page, link);
  await check(page, '/login/link');
});

for (const role of ['support', 'warehouse', 'moderator'] as Role[]) {
  test(`start page, ${role}`, async ({ page, context }) => {
    await enter(context, role);
    await visit(page, '/');
    await page.locator('button.me').click();
    await check(page, `/ as ${role}`);
  });
}

test('list of orders', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/orders?limit=25');
  await check(page, '/orders');
  await visit(page, '/orders?limit=25&panel=columns&cols=order,placed,customer,tags,total');
  await check(page, '/orders, choosing columns');
  await visit(page, '/orders?limit=25&panel=filters&payment=paid');
  await check(page, '/orders, filters');
  await visit(page, '/views?list=orders&query=status%3DFAILED');
  await check(page, '/views');
  await visit(page, '/orders?q=no+such+number');
  await check(page, '/orders, nothing found');
});

test('an order on the phone', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/orders/new?q=mar');
  await check(page, '/orders/new, customers');
  await page.locator('.others').getByRole('link').first().click();
  await page.getByRole('searchbox', { name: 'Name or SKU of an article' }).fill('pro');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await expect(page.locator('.offer').first()).toBeVisible();
  await check(page, '/orders/new, articles');
  await page.locator('.offer').getByRole('link').first().click();
  await expect(page.locator('.basket')).toBeVisible();
  await check(page, '/orders/new, basket');
  await page.getByRole('link', { name: 'Address and payment' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await check(page, '/orders/new, last step');
  await visit(page, '/orders/new?act=customer');
  await check(page, '/orders/new, new customer');
});

test('list of users', async ({ page, context }) => {
  await enter(context, 'admin');
  for (const path of [
    '/users?limit=25', '/users?limit=25&panel=columns&cols=user,email,phone,locked,tags', '/users?limit=25&panel=filters&orders=yes',
    '/users?q=total:5', '/users?status=suspended', '/users/bulk?status=inactive', '/users/bulk?status=inactive&do=suspend',
  ]) {
    await visit(page, path);
    await check(page, path);
  }
});

test('audit trail', async ({ page, context }) => {
  await enter(context, 'admin');
  for (const path of ['/audit?limit=25', '/audit?limit=25&panel=filters&action=update', '/audit?q=colour:red', '/audit?status=sign_in&limit=25']) {
    await visit(page, path);
    await check(page, path);
  }
  await visit(page, '/audit?status=change&limit=25');
  await page.locator('main tbody tr').first().getByRole('link').first().click();
  await expect(page).toHaveURL(/\/audit\/[0-9a-f-]{36}/);
  await check(page, '/audit/{id}');
  await page.getByRole('link', { name: 'Difference to now' }).click();
  await expect(page).toHaveURL(/\/audit\/record/);
  await check(page, '/audit/record');
  await visit(page, '/audit/seal');
  await check(page, '/audit/seal');
});

for (const [status, role] of [['PENDING', 'support'], ['PREPARING', 'warehouse'], ['DELIVERED', 'admin'], ['CANCELLED', 'support']] as const) {
  test(`an order in ${status}, forms open`, async ({ page, context }) => {
    await enter(context, role);
    await openFirst(page, status);
    await unfoldAll(page);
    await check(page, `order in ${status}`);
  });
}

test('one’s own account', async ({ page, context }) => {
  await enter(context, 'moderator');
  for (const path of ['/account', '/account?act=profile', '/account?act=email', '/account?act=password', '/account?act=preferences', '/account/avatar']) {
    await visit(page, path);
    await check(page, path);
  }
  await page.getByLabel('Picture', { exact: true }).setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
  await page.getByRole('button', { name: 'Use this picture' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await check(page, '/account/avatar, refused');
});

test('a refused form, its fields marked', async ({ page, context }) => {
  await enter(context, 'warehouse');
  await openFirst(page, 'PREPARING');
  await unfoldAll(page);
  await page.getByLabel('Carrier').fill('  ');
  await page.getByLabel('Tracking number').fill('  ');
  await page.locator('form').getByRole('button', { name: 'Mark as shipped' }).click();
  await expect(page.locator('.act-form').getByRole('alert')).toBeVisible();
  await check(page, 'refused move');
});

test('the acts of an order, its papers, the inbox, the settings', async ({ page, context }) => {
  await enter(context, 'support');
  await openFirst(page, 'CONFIRMED');
  const order = new URL(page.url()).pathname;
  for (const act of ['contact', 'address', 'reveal-email']) {
    await visit(page, `${order}?act=${act}`);
    await check(page, act);
  }
  for (const paper of ['invoice', 'packing-slip']) {
    await visit(page, `${order}/${paper}`);
    await check(page, paper);
    // whatever was bought, a paper fits a phone
    await page.locator('.paper td').evaluateAll((cells) => {
      for (const cell of cells as HTMLTableCellElement[]) {
        cell.textContent = ['NB-ULTRAWIDE-CURVED-49-2026', 'Hochleistungsgrafikkartenhalterung', '1,234,567.89'][Math.min(cell.cellIndex, 2)];
      }
    });
    await check(page, `${paper}, long words`);
  }
  await visit(page, '/orders/slips?status=PREPARING&limit=25');
  await check(page, 'packing slips');
  await visit(page, '/settings');
  await check(page, '/settings');
  await visit(page, '/inbox');
  await check(page, '/inbox');
});

test('roles and rights', async ({ page, context }) => {
  await enter(context, 'warehouse');
  await visit(page, '/settings/roles');
  await check(page, '/settings/roles');
});

test('privacy', async ({ page, context }) => {
  await enter(context, 'admin');
  await visit(page, '/privacy');
  await check(page, '/privacy');
  const { person } = await newCustomer(page, 'Axel');
  for (const act of ['data', 'erase']) {
    await visit(page, `${person}?act=${act}`);
    await check(page, `/users/{id}?act=${act}`);
  }
  await page.getByRole('dialog').getByLabel('Reason').fill('Asked in writing');
  await page.getByRole('dialog').getByRole('button', { name: 'Ask for the erasure' }).click();
  await expect(page.getByRole('heading', { level: 1, name: /^Erasure of/ })).toBeVisible();
  await ready(page);
  await check(page, '/privacy/{id}');
});

test('two accounts of one customer', async ({ page, context }) => {
  await enter(context, 'support');
  const { kept, other } = await twoAccounts(page);
  for (const query of ['', '?q=nobody%20at%20all', `?with=${other.split('/').pop()}`, `?with=${other.split('/').pop()}&act=merge`]) {
    await visit(page, `${kept}/merge${query}`);
    await check(page, `/users/{id}/merge${query}`);
  }
});

test('a person of the shop', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/users?role=customer&limit=25');
  await page.locator('main tbody tr').first().getByRole('link').first().click();
  await expect(page.getByRole('navigation', { name: 'Parts' })).toBeVisible();
  const person = new URL(page.url()).pathname;
  await check(page, '/users/{id}');
  for (const part of ['orders', 'money', 'addresses', 'activity', 'history']) {
    await visit(page, `${person}?part=${part}`);
    await check(page, part);
  }
  for (const act of ['edit', 'suspend', 'note', 'reveal-email']) {
    await visit(page, `${person}?act=${act}`);
    await check(page, act);
  }
});

test('staff', async ({ page, context }) => {
  await enter(context, 'super');
  await visit(page, '/staff');
  await check(page, '/staff');
  await page.locator('#people-title').locator('xpath=ancestor::section').getByRole('listitem').getByRole('link').first().click();
  await expect(badge(page)).toBeVisible();
  const person = new URL(page.url()).pathname;
  await check(page, '/staff/{id}');
  await visit(page, `${person}?act=role`);
  await check(page, '/staff/{id}, an act open');
  await visit(page, '/staff?act=invite');
  await check(page, '/staff, the invitation open');
  await enter(context, 'warehouse');
  await visit(page, '/settings/roles?ask=reveal_data');
  await check(page, '/settings/roles, asking for a right');
});

test('every component, and what opens', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/dev/components');
  await page.getByRole('button', { name: 'Show a toast' }).click();
  await page.getByRole('checkbox', { name: 'Select order TA-104817' }).check();
  await check(page, '/dev/components');
  await page.getByRole('button', { name: 'More' }).click();
  await axe(page, 'menu');
  await page.getByRole('link', { name: 'Confirm with effect…' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await check(page, 'confirmation');
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toBeVisible();
  await check(page, 'shortcuts');
});

test('the sheet of all pages on a phone', async ({ page, context }) => {
  await enter(context, 'support');
  await page.setViewportSize({ width: 390, height: 844 });
  await visit(page, '/orders');
  await page.getByRole('button', { name: 'All pages' }).click();
  await axe(page, 'sheet of pages');
});

test('pages that say no', async ({ page, context }) => {
  await enter(context, 'moderator');
  await visit(page, '/orders', 403);
  await check(page, '403');
  await visit(page, '/nowhere', 404);
  await check(page, '404');
});

test('many orders at once, their jobs', async ({ page, context }) => {
  await enter(context, 'admin');
  await visit(page, '/orders/bulk?status=CONFIRMED');
  await check(page, '/orders/bulk');
  await visit(page, '/orders/bulk?status=CONFIRMED&do=move');
  await check(page, '/orders/bulk, an act open');
  await page.getByRole('dialog').getByLabel('New status').selectOption('Preparing');
  await page.getByRole('dialog').getByRole('button', { name: 'Preview' }).click();
  await expect(page.getByRole('button', { name: 'Discard' })).toBeVisible();
  await check(page, '/jobs/{id}, a preview');
  await visit(page, '/jobs');
  await check(page, '/jobs');
});

test('the keyboard reaches the content first', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/orders');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('#main')).toBeFocused();
});
