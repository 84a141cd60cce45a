// An order that staff take on the phone: a caller who is new, articles with stock, an address, a discount; with JavaScript and
// without.
import { enter, expect, placeOrder, ready, rows, test, told, visit, withScript } from '../support';

test('a new caller’s order is taken from the list to its page', async ({ page, context }) => {
  await placeOrder(); // so that there is an article with stock whose SKU is known
  await enter(context, 'support');
  await visit(page, '/orders');
  await rows(page).first().waitFor();
  const way = withScript() ? 'js' : 'plain';
  const name = `Ada ${crypto.randomUUID().slice(0, 6)}`;

  await page.getByRole('link', { name: 'New order', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'New order' })).toBeVisible();
  await expect(page.getByText('choose who orders first.')).toBeVisible();
  await page.getByRole('searchbox', { name: 'Name, e-mail address or phone number' }).fill(`${name} nobody`);
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await expect(page.getByText('Nobody found.')).toBeVisible();

  await page.getByRole('link', { name: 'New customer' }).click();
  const form = page.getByRole('dialog', { name: 'New customer' });
  await ready(page);
  await form.getByLabel('First name').fill('Ada');
  await form.getByLabel('Last name').fill(name.slice(4));
  await form.getByLabel('E-mail address').fill('ada@mail');
  await form.getByRole('button', { name: 'Add the customer' }).click();
  await expect(form.getByText('This is no e-mail address.')).toBeVisible();
  await expect(form.getByLabel('First name')).toHaveValue('Ada');
  await ready(page);
  await form.getByLabel('E-mail address').fill(`ada.${way}.${name.slice(4)}@mail.example`);
  await form.getByRole('button', { name: 'Add the customer' }).click();
  await expect(told(page, `${name} is a customer now.`).first()).toBeVisible();
  const customer = page.locator('#customer-title').locator('xpath=ancestor::section');
  await expect(customer.getByRole('link', { name })).toBeVisible();
  await expect(customer.getByText('a•••@mail.example')).toBeVisible();

  // an article that others have left some of
  const search = page.getByRole('searchbox', { name: 'Name or SKU of an article' });
  const found = page.locator('.offer').filter({ hasText: 'in stock' });
  await search.fill('pro');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  const offer = found.first();
  const article = (await offer.locator('b').first().textContent()) ?? '';
  await offer.getByRole('link', { name: `Add ${article}` }).click();
  const pieces = page.getByRole('spinbutton', { name: `Pieces of ${article}` });
  await expect(pieces).toHaveValue('1');
  await pieces.fill('999');
  await page.getByRole('button', { name: 'Update pieces' }).click();
  await expect(page.getByText(/Only \d+ in stock\./)).toBeVisible();
  await expect(page.getByText('some articles can’t be had as they stand.')).toBeVisible();
  await pieces.fill('1');
  await page.getByRole('button', { name: 'Update pieces' }).click();
  await expect(pieces).toHaveValue('1');

  await page.getByRole('link', { name: 'Address and payment' }).click();
  const last = page.getByRole('dialog', { name: `Order for ${name}` });
  if (withScript()) await expect(page.locator('dialog:modal')).toHaveCount(1); // over the page, not at its end
  await ready(page);
  await last.getByLabel('Name on the door').fill(name);
  await last.getByLabel('Street and number').fill('Probeweg 7');
  await last.getByLabel('City').fill('Berlin');
  await last.getByLabel('Discount', { exact: false }).first().fill('90 %');
  await last.getByLabel('Reason of the discount').fill('First order');
  await last.getByRole('button', { name: 'Place the order' }).click();
  await expect(last.getByText('This is needed.').first()).toBeVisible();
  await expect(last.getByLabel('Street and number')).toHaveValue('Probeweg 7');
  await ready(page);
  await last.getByLabel('Postal code').fill('10115');
  await last.getByLabel('Country').fill('DE');
  await last.getByRole('button', { name: 'Place the order' }).click();
  await expect(last.getByText(/15 %, here/)).toBeVisible();
  await ready(page);
  await last.getByLabel('Discount', { exact: false }).first().fill('10 %');
  await last.getByRole('button', { name: 'Place the order' }).click();

  await expect(page).toHaveURL(/\/orders\/[0-9a-f-]{36}$/);
  await expect(page.locator('.page-head .badge').first()).toHaveText('Pending');
  await expect(page.getByText('Discount 10 %: First order')).toBeVisible();
  await expect(page.getByText('Order placed').first()).toBeVisible();
  await expect(page.locator('main')).toContainText(article);
});
