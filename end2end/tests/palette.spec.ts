// Finding anything from anywhere: the palette by keyboard and mouse, and /search without it.
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { enter, expect, expectStatus, openFirst, placeOrder, ready, rows, signIn, signOut, test, visit } from '../support';

const plain = () => test.info().project.name === 'plain';
const palette = (page: Page) => page.getByRole('dialog', { name: 'Search everything' });
const box = (page: Page) => palette(page).getByRole('combobox', { name: 'Search everything' });
const hit = (page: Page, name: string | RegExp) => palette(page).getByRole('option', { name });
const chosen = (page: Page) => palette(page).getByRole('option', { selected: true });
const said = (page: Page) => palette(page).getByRole('status');

async function open(page: Page) {
  await page.keyboard.press('Control+k');
  await expect(box(page)).toBeFocused();
}

async function axe(page: Page, what: string) {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
    expect.soft(violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target}`)), `${what}, ${colorScheme}`).toEqual([]);
  }
}

test('the link in the head leads to a page that finds everything, without a script too', async ({ page, context }) => {
  const order = await placeOrder();
  await enter(context, 'support');
  await visit(page, '/');
  const link = page.getByRole('banner').getByRole('link', { name: 'Search' });
  if (plain()) {
    await link.click();
    await expect(page).toHaveURL('/search');
  } else {
    await visit(page, '/search');
  }
  await expect(page.getByRole('region', { name: 'Pages' }).getByRole('link', { name: /Roles and rights/ })).toBeVisible();
  const field = page.getByRole('main').getByRole('searchbox', { name: 'Search everything' });
  for (const [text, kind, found] of [
    [order.order_number, 'Orders', order.order_number],
    [order.order_number.slice(-4), 'Orders', order.order_number],
    ['testa ida', 'Customers', 'Ida Testa'],
    ['ida.testa@mail.example', 'Orders', order.order_number],
  ] as const) {
    await field.fill(text);
    await field.press('Enter');
    await expect(page.getByRole('region', { name: kind }).getByRole('link', { name: found }).first()).toBeVisible();
    await ready(page);
  }
  await field.fill('ida.testa@');
  await field.press('Enter');
  await expect(page.getByText('Type the whole e-mail address')).toBeVisible();
  // both look by a script of their own
  if (!plain()) {
    await axe(page, '/search');
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await page.setViewportSize({ width: 1280, height: 800 });
  }
  await visit(page, `/search?q=${order.order_number}`);
  await page.getByRole('region', { name: 'Orders' }).getByRole('link', { name: order.order_number }).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(order.order_number);
});

test('who may not read orders finds pages only', async ({ page, context }) => {
  await enter(context, 'moderator');
  await visit(page, '/search?q=testa');
  await expect(page.getByRole('region', { name: 'Orders' })).toHaveCount(0);
  await expect(page.getByText('Nothing found')).toBeVisible();
});

test.describe('with a script', () => {
  test.beforeEach(() => test.skip(plain(), 'the palette is a script'));

  test('opens by key and by link, finds while one types, leads there, gives the focus back', async ({ page, context }) => {
    const order = await placeOrder();
    await enter(context, 'support');
    await visit(page, '/orders?limit=25');
    const first = rows(page).first().getByRole('link');
    await first.focus();
    await open(page);
    await expect(hit(page, /^Orders/)).toBeVisible();
    await expect(said(page)).toHaveText(/^\d+ hits$/);
    await page.keyboard.press('Escape');
    await expect(palette(page)).toBeHidden();
    await expect(first).toBeFocused();
    await page.keyboard.press('Control+k');
    await page.keyboard.press('Control+k');
    await expect(palette(page), 'the same key closes it').toBeHidden();

    await page.getByRole('banner').getByRole('link', { name: 'Search' }).click();
    await expect(box(page)).toBeFocused();
    await expect(page).toHaveURL('/orders?limit=25');
    // the whole number, and Enter before the server has answered
    await page.keyboard.type(order.order_number);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(order.order_number);
    await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
    expect(await page.evaluate(() => performance.getEntriesByType('navigation').length), 'the app took it').toBe(1);

    // arrows go round; the list says which one is chosen
    await open(page);
    await box(page).fill('testa');
    await expect(hit(page, /Ida Testa.*customer/)).toBeVisible();
    const options = palette(page).getByRole('option');
    const count = await options.count();
    await expect(options.first()).toHaveAttribute('aria-selected', 'true');
    await page.keyboard.press('ArrowUp');
    await expect(options.nth(count - 1)).toHaveAttribute('aria-selected', 'true');
    await page.keyboard.press('ArrowDown');
    await expect(options.first()).toHaveAttribute('aria-selected', 'true');
    expect(await box(page).getAttribute('aria-activedescendant')).toBe(await chosen(page).getAttribute('id'));
    await expect(box(page)).toBeFocused();
    for (let at = 0; at < count && !/^Ida Testa /.test((await chosen(page).textContent())!); at += 1) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/\/orders\?q=customer/);
    await expect(rows(page).first()).toContainText('Ida Testa');
  });

  test('an old answer never replaces a newer one, and no answer is said', async ({ page, context }) => {
    await enter(context, 'support');
    await visit(page, '/');
    await open(page);
    await expect(said(page)).toHaveText(/hits/);
    let slow = 0;
    await page.route('**/search/hits?q=roles', async (route) => {
      slow += 1;
      await new Promise((done) => setTimeout(done, 600));
      await route.continue().catch(() => undefined);
    });
    await box(page).fill('roles');
    await expect.poll(() => slow).toBe(1);
    await box(page).fill('inbox');
    await expect(hit(page, /^Inbox/)).toBeVisible();
    await page.waitForTimeout(800);
    await expect(hit(page, /^Roles/)).toHaveCount(0);
    await expect(said(page)).toHaveText('1 hit');
    await page.unroute('**/search/hits?q=roles');
    await box(page).fill('zzzz no such thing');
    await expect(hit(page, /All orders for/)).toBeVisible();
  });

  test('acts of the page and of checked rows, and orders opened last', async ({ page, context }) => {
    await signIn(page, 'support');
    await openFirst(page, 'CONFIRMED');
    const number = (await page.getByRole('heading', { level: 1 }).textContent())!;
    const path = new URL(page.url()).pathname;
    await open(page);
    await box(page).fill('contact');
    await expect(chosen(page)).toContainText('ontact');
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/act=contact/);
    await expect(page.getByRole('dialog', { name: /contact/i })).toBeVisible();
    await page.keyboard.press('Escape');
    // a move unfolds its form
    await open(page);
    await box(page).fill('cancel order');
    await expect(chosen(page)).toContainText('Cancel order');
    await page.keyboard.press('Enter');
    await expect(page.getByLabel('Reason').first()).toBeFocused();

    await visit(page, '/orders?limit=25');
    await page.keyboard.press('Control+k');
    await expect(hit(page, new RegExp(`^${number}`)).first()).toBeVisible();
    const kept = await page.evaluate(() => JSON.stringify(Object.entries(localStorage).filter(([name]) => name.startsWith('techally-recent-'))));
    expect(kept).toContain(path);
    expect(kept.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '').replaceAll(/TA-\d+/g, '').replaceAll(/["'\\\[\],/]|orders|techally-recent-/g, '')).toBe('');
    await page.keyboard.press('Escape');
    await page.getByRole('checkbox', { name: /^Select order/ }).nth(1).check();
    await open(page);
    await box(page).fill('excel');
    await expect(hit(page, 'Excel (1 selected)')).toBeVisible();
    await page.keyboard.press('Escape');
    await signOut(page);
    expect(await page.evaluate(() => Object.keys(localStorage).filter((name) => name.startsWith('techally-recent-')))).toEqual([]);
  });

  test('it rests over another dialog, fits a phone, and passes axe', async ({ page, context }) => {
    await enter(context, 'support');
    await visit(page, '/orders?limit=25');
    await page.keyboard.press('?');
    await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toContainText('Search everything');
    await page.keyboard.press('Control+k');
    await expect(palette(page)).toHaveCount(0);
    await page.keyboard.press('Escape');
    await open(page);
    await axe(page, 'palette');
    await box(page).fill('testa');
    await expect(hit(page, /All orders for/)).toBeVisible();
    await axe(page, 'palette, hits');
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    const around = (await palette(page).boundingBox())!;
    expect(around.x).toBeGreaterThanOrEqual(0);
    expect(around.x + around.width).toBeLessThanOrEqual(390);
    await page.keyboard.press('Escape');
    await page.getByRole('banner').getByRole('link', { name: 'Search' }).click();
    await expect(box(page)).toBeFocused();
    await palette(page).getByRole('button', { name: 'Close' }).click();
    await expect(palette(page)).toBeHidden();
  });

  test('texts stay texts, and who is signed out meanwhile is told', async ({ page, context }) => {
    await enter(context, 'support');
    await visit(page, '/');
    await open(page);
    await expect(said(page)).toHaveText(/hits/);
    const hostile = { problem: '<img src=x onerror=alert(1)>', groups: [{ title: '<b>x</b>', icon: 'user', hits: [{ title: '<script>1</script>', about: '&lt;', to: '/' }] }] };
    await page.route('**/search/hits?*', (route) => route.fulfill({ json: hostile }));
    await box(page).fill('anything');
    await expect(hit(page, '<script>1</script>')).toBeVisible();
    await expect(said(page)).toContainText('<img src=x');
    await page.unroute('**/search/hits?*');
    expectStatus(context, 401);
    await context.clearCookies();
    await box(page).fill('anything else');
    await expect(said(page)).toContainText('You are signed out');
  });
});

test('pictures', async ({ page, context }) => {
  test.skip(!process.env.PICTURES, 'only to be looked at');
  await enter(context, 'support');
  for (const [width, height] of [[390, 844], [1280, 800]] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await visit(page, '/search?q=scholz');
      await page.screenshot({ path: `screenshots/search-${width}-${colorScheme}.png`, fullPage: true });
      await visit(page, '/search');
      await page.screenshot({ path: `screenshots/search-empty-${width}-${colorScheme}.png`, fullPage: true });
      if (plain()) continue;
      await openFirst(page, 'CONFIRMED');
      await page.waitForTimeout(600);
      await open(page);
      await expect(said(page)).toHaveText(/hits/);
      await page.screenshot({ path: `screenshots/palette-empty-${width}-${colorScheme}.png` });
      await box(page).fill('scholz');
      await expect(hit(page, /All orders for/)).toBeVisible();
      await page.screenshot({ path: `screenshots/palette-${width}-${colorScheme}.png` });
    }
  }
});
