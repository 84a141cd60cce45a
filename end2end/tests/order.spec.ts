// What support does on the page of an order, with JavaScript and without: contact, address, reveals, notes.
import AxeBuilder from '@axe-core/playwright';
import { badge, enter, expect, move, placeOrder, ready, test, told, unfold, visit, watch } from '../support';

const withScript = () => test.info().project.name === 'js';

test('contact is changed in a dialog; who is second sees both values and keeps the input', async ({ page, context, browser }) => {
  const order = await placeOrder();
  await enter(context, 'admin');
  const other = await browser.newContext();
  const problems = await watch(other);
  await enter(other, 'super');
  const second = await other.newPage();
  await visit(second, `/orders/${order.id}?act=contact`);

  await visit(page, `/orders/${order.id}`);
  await page.getByRole('link', { name: 'Change contact' }).click();
  const sheet = page.getByRole('dialog', { name: 'Change contact' });
  await sheet.getByLabel('E-mail address').fill('first@mail.example');
  await sheet.getByRole('button', { name: 'Save contact' }).click();
  await expect(told(page, 'Contact saved.').first()).toBeVisible();
  await expect(sheet).toHaveCount(0);
  await expect(page.getByText('first@mail.example').first()).toBeVisible();
  await expect(page).toHaveURL(`/orders/${order.id}`);

  const late = second.getByRole('dialog', { name: 'Change contact' });
  await late.getByLabel('E-mail address').fill('second@mail.example');
  await late.getByRole('button', { name: 'Save contact' }).click();
  await expect(late.getByText('changed it to “first@mail.example”')).toBeVisible();
  await expect(late.getByLabel('E-mail address')).toHaveValue('second@mail.example');
  const { violations } = await new AxeBuilder({ page: second }).analyze();
  expect(violations).toEqual([]);
  await late.getByRole('button', { name: 'Save contact' }).click();
  await expect(second.getByText('second@mail.example').first()).toBeVisible();
  await other.close();
  expect(problems).toEqual([]);
});

test('a masked address is revealed for a reason, which the timeline keeps', async ({ page, context }) => {
  const order = await placeOrder();
  await enter(context, 'support');
  await visit(page, `/orders/${order.id}`);
  const ship = page.getByRole('region', { name: 'Ship to' });
  await expect(ship).toContainText('masked');
  await ship.getByRole('link', { name: 'Reveal shipping address' }).click();
  const sheet = page.getByRole('dialog', { name: 'Reveal the shipping address' });
  await sheet.getByLabel('Why you need it').fill('asks where the parcel goes');
  await sheet.getByRole('button', { name: 'Reveal' }).click();
  await expect(ship).not.toContainText('masked');
  await expect(page.getByRole('region', { name: 'Timeline' })).toContainText('asks where the parcel goes');
});

test('notes are pinned, changed, deleted and put back', async ({ page, context }) => {
  const order = await placeOrder();
  await enter(context, 'support');
  await visit(page, `/orders/${order.id}`);
  await page.getByLabel('Add a note').fill('Calls at noon');
  await page.getByRole('button', { name: 'Add note' }).click();
  const timeline = page.getByRole('region', { name: 'Timeline' });
  const note = timeline.getByRole('listitem').filter({ hasText: 'Calls at noon' });
  await note.getByRole('button', { name: 'Pin' }).click();
  await expect(timeline.getByRole('listitem').first()).toContainText('pinned');
  await note.getByRole('link', { name: 'Change' }).click();
  const sheet = page.getByRole('dialog', { name: 'Change your note' });
  await expect(sheet.getByLabel('Note')).toHaveValue('Calls at noon');
  await sheet.getByLabel('Note').fill('Calls at two');
  await sheet.getByRole('button', { name: 'Save note' }).click();
  const changed = timeline.getByRole('listitem').filter({ hasText: 'Calls at two' });
  await expect(changed).toContainText('pinned and changed');
  await changed.getByRole('button', { name: 'Delete' }).click();
  await expect(changed).toContainText('can be put back');
  await changed.getByRole('button', { name: 'Put back' }).click();
  await expect(changed).not.toContainText('can be put back');
});

test('a dialog that is closed leaves the page as its address says', async ({ page, context }) => {
  const order = await placeOrder();
  await enter(context, 'admin');
  await visit(page, `/orders/${order.id}?show=notes&act=address`);
  const sheet = page.getByRole('dialog', { name: 'Change shipping address' });
  await expect(sheet).toBeVisible();
  if (withScript()) await page.keyboard.press('Escape');
  else await sheet.getByRole('link', { name: 'Close' }).click();
  await expect(sheet).toBeHidden();
  await expect(page).toHaveURL(`/orders/${order.id}?show=notes`);
  await page.getByRole('link', { name: 'Change address' }).click();
  await expect(sheet).toBeVisible();
});

test('what was changed is set back, and an invoice printed', async ({ page, context }) => {
  await enter(context, 'admin');
  await visit(page, '/orders?status=CONFIRMED&limit=25');
  await page.locator('main tbody tr a').first().click();
  await page.getByRole('link', { name: 'Invoice' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Invoice TA-');
  await expect(page.getByRole('article')).toContainText('VAT, included');
  await page.getByRole('link', { name: 'Back to the order' }).click();
  await expect(page.getByRole('region', { name: 'Items' })).toBeVisible();
  const tags = page.getByRole('textbox', { name: 'Tags' });
  const before = await tags.inputValue();
  await tags.fill('to set back');
  await page.getByRole('button', { name: 'Save tags' }).click();
  const entry = page.getByRole('region', { name: 'Timeline' }).getByRole('listitem').filter({ hasText: 'to set back' }).first();
  await entry.getByRole('button', { name: 'Undo' }).click();
  await expect(told(page, 'Set back to what it was.').first()).toBeVisible();
  await expect(tags).toHaveValue(before);
});

test('an order leaves in two parcels, is given to a colleague, confirmed again, and shown as it was', async ({ page, context }) => {
  const order = await placeOrder();
  await enter(context, 'super');
  await visit(page, `/orders/${order.id}`);
  await move(page, 'Await bank transfer', { 'Transfer reference': `PARCELS ${order.order_number}` }, 'Processing');
  await move(page, 'Confirm payment', {}, 'Confirmed');
  await move(page, 'Start preparing', {}, 'Preparing');

  const ship = await unfold(page, 'Mark as shipped');
  await ship.getByLabel('Carrier').fill('DHL');
  await ship.getByLabel('Tracking number').fill('JJD-FIRST');
  await ship.getByLabel(/^Quantity/).fill('1');
  await ship.getByRole('button', { name: 'Mark as shipped' }).click();
  await expect(told(page, 'stays in preparation until the rest is shipped').first()).toBeVisible();
  await expect(badge(page)).toHaveText('Preparing');
  await expect(page.getByRole('region', { name: 'Items' })).toContainText('1 shipped');
  await ready(page);
  await move(page, 'Mark as shipped', { Carrier: 'UPS', 'Tracking number': 'Z-SECOND' }, 'Shipped');
  const delivery = page.getByRole('region', { name: 'Delivery' });
  await expect(delivery.getByRole('link', { name: 'JJD-FIRST', exact: true })).toHaveAttribute('href', /^https:\/\/www\.dhl\.de\/.*JJD-FIRST$/);
  await delivery.getByRole('link', { name: 'Correct Z-SECOND' }).click();
  const parcel = page.getByRole('dialog', { name: 'Correct the parcel' });
  await parcel.getByLabel('Tracking number').fill('1Z-RIGHT');
  await parcel.getByRole('button', { name: 'Save parcel' }).click();
  await expect(delivery.getByRole('link', { name: '1Z-RIGHT', exact: true })).toBeVisible();

  const care = page.getByRole('region', { name: 'Care' });
  await care.getByRole('link', { name: 'Assign' }).click();
  const assign = page.getByRole('dialog', { name: 'Who takes care of the order' });
  await assign.getByLabel('Colleague').selectOption({ label: 'Nobody' });
  await assign.getByRole('button', { name: 'Assign' }).click();
  await expect(told(page, 'It stays as it is.').first()).toBeVisible();
  await care.getByRole('link', { name: 'Assign' }).click();
  await assign.getByRole('button', { name: 'Assign' }).click();
  await expect(care).not.toContainText('Nobody');

  await page.getByRole('link', { name: 'Send confirmation again' }).click();
  await page.getByRole('dialog', { name: 'Send the confirmation again' }).getByRole('button', { name: 'Send' }).click();
  const timeline = page.getByRole('region', { name: 'Timeline' });
  await expect(timeline.getByRole('listitem').filter({ hasText: 'Order confirmation' })).toHaveCount(2);

  // from the timeline to what it was then
  await timeline.getByRole('listitem').filter({ hasText: 'Preparing by' }).getByRole('link').first().click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('as it was');
  const state = page.getByRole('region', { name: 'State' });
  await expect(state).toContainText('(now Shipped)');
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations).toEqual([]);
  await page.getByRole('link', { name: 'Change before' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('as it was');
  await page.getByLabel('At', { exact: true }).fill('2020-01-01T00:00:00');
  await page.getByRole('button', { name: 'Show' }).click();
  await expect(page.getByText('The order was not placed yet.')).toBeVisible();
});
