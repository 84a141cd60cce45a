// The keyboard and the focus, as only a browser with JavaScript has them.
import { enter, expect, openFirst, ready, rows, test, visit } from '../support';

test('shortcuts lead to pages, are listed, rest while one types, and can be turned off', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/');
  await page.keyboard.press('g');
  await page.keyboard.press('o');
  await expect(page).toHaveURL('/orders');
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  await expect(rows(page)).toHaveCount(50);
  await page.keyboard.press('/');
  await expect(page.getByRole('combobox', { name: 'Search orders' })).toBeFocused();
  await expect(page.getByRole('combobox', { name: 'Search orders' })).toHaveValue('');
  await page.keyboard.type('go?');
  await expect(page.getByRole('combobox', { name: 'Search orders' })).toHaveValue('go?');
  await expect(page).toHaveURL('/orders');

  await page.getByRole('heading', { level: 1 }).focus();
  await page.keyboard.press('?');
  const list = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(list).toBeVisible();
  await expect(list).toContainText('Go to Orders');
  await page.keyboard.press('g');
  await page.keyboard.press('h');
  await expect(page, 'nothing below an open dialog moves').toHaveURL('/orders');
  await list.getByRole('checkbox').uncheck();
  await list.getByRole('button', { name: 'Close' }).click();
  await page.keyboard.press('g');
  await page.keyboard.press('h');
  await page.keyboard.press('?');
  await expect(list).toBeHidden();
  await expect(page).toHaveURL('/orders');

  await page.reload();
  await ready(page);
  await page.keyboard.press('?');
  await expect(list, 'off stays off').toBeHidden();
  await page.locator('button.me').click();
  await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
  await list.getByRole('checkbox').check();
  await page.keyboard.press('Escape');
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await expect(page).toHaveURL('/settings/roles');
});

test('a page that was reached by a link has the focus on its title, a filter keeps it', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/');
  await expect(page.locator('body')).toBeFocused();
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Orders' }).press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Orders' })).toBeFocused();
  const tab = page.getByRole('navigation', { name: 'Status' }).getByRole('link', { name: 'Delivered' });
  await tab.press('Enter');
  await expect(tab).toHaveAttribute('aria-current', 'page');
  await expect(tab).toBeFocused();
  await rows(page).first().getByRole('link').press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/^TA-/);
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  await page.goBack();
  await expect(page.getByRole('heading', { level: 1, name: 'Orders' })).toBeFocused();
});

test('the skip link takes the focus to the content, whenever the app comes alive', async ({ page, context }) => {
  await enter(context, 'support');
  for (const wait of [0, 30, 80, 200, 500]) {
    await page.goto('/orders', { waitUntil: 'commit' });
    await page.locator('#main').waitFor();
    await page.waitForTimeout(wait);
    await page.keyboard.press('Tab');
    await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(page.locator('#main'), `after ${wait} ms`).toBeFocused();
    await ready(page);
    await expect(page.locator('#main'), `after ${wait} ms, alive`).toBeFocused();
  }
});

test('a click anywhere in a row opens it; selecting text and boxes does not', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/orders');
  const row = rows(page).nth(2);
  const number = (await row.getByRole('link').textContent())!;
  // the click that ends a selection
  await row.locator('.wide span').first().selectText();
  await row.locator('.amount').dispatchEvent('click');
  await expect(page).toHaveURL('/orders');
  await page.evaluate(() => getSelection()!.removeAllRanges());
  await row.locator('.amount').click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(number);
});

test('rows are selected one by one and all at once', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/dev/components');
  const table = page.getByRole('table', { name: 'Orders to select' });
  const bulk = page.getByRole('group', { name: 'Selected rows' });
  await expect(bulk).toBeHidden();
  await table.getByRole('checkbox', { name: 'Select order TA-104817' }).check();
  await expect(bulk).toContainText('1 selected');
  const all = table.getByRole('checkbox', { name: 'Select all rows' });
  expect(await all.evaluate((box: HTMLInputElement) => box.indeterminate)).toBe(true);
  await all.check();
  await expect(bulk).toContainText('3 selected');
  await expect(table.getByRole('checkbox', { checked: true })).toHaveCount(4);
  await all.uncheck();
  await expect(bulk).toBeHidden();
});

test('twice the size and wide text spacing lose nothing sideways', async ({ page, context }) => {
  await enter(context, 'support');
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  // 1280 px at 200 % and at 400 %
  for (const width of [640, 320]) {
    await page.setViewportSize({ width, height: 600 });
    for (const path of ['/', '/orders?limit=25', '/settings/roles', '/dev/components']) {
      await visit(page, path);
      expect(await wide(), `${path} at ${width} px`).toBe(0);
      await page.evaluate(() => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }');
        document.adoptedStyleSheets = [sheet];
      });
      expect(await wide(), `${path} at ${width} px, spaced`).toBeLessThanOrEqual(width === 320 ? 8 : 0);
    }
  }
  await openFirst(page, 'PENDING');
  expect(await wide()).toBe(0);
});

test('the components page works as a page of its own and complains about nothing', async ({ page, context }) => {
  await enter(context, 'support');
  await visit(page, '/dev/components');
  await page.getByRole('button', { name: 'Show a toast' }).click();
  await expect(page.locator('.toast')).toContainText('Note added.');
  await expect(page.getByLabel('Reason').nth(1)).toHaveValue('</textarea><b>typed</b>');
  await page.goto('/dev/components?ask=dialog');
  await expect(page.getByRole('dialog', { name: 'Edit tags' })).toBeVisible();
});
