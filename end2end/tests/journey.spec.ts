// The main job, from sign-in to a shipped order. Runs with JavaScript and without.
import { badge, email, expect, move, password, placeOrder, ready, rows, signIn, signOut, test, told, unfold, visit } from '../support';

test('sign in, after a wrong password, and sign out', async ({ page }) => {
  await visit(page, '/login');
  await page.getByLabel('Email').fill(email('support'));
  await page.getByLabel('Password').fill('not this one');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toContainText("don't match");
  await expect(page.getByLabel('Email')).toHaveValue(email('support'));

  await ready(page);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('/');
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Today');
  await expect(page.getByRole('list', { name: 'Orders that wait' }).getByRole('link').first()).toBeVisible();

  await ready(page);
  await signOut(page);
  await page.goto('/orders');
  await expect(page).toHaveURL(/\/login\?next=%2Forders$/);
});

test('sign-in leads back to where it was asked for', async ({ page }) => {
  await page.goto('/orders?status=SHIPPED');
  await ready(page);
  await page.getByLabel('Email').fill(email('admin'));
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/\/orders\?status=SHIPPED$/);
  await expect(rows(page).first().locator('.badge')).toHaveText('Shipped');
});

test('the list: filter, find, turn pages', async ({ page }) => {
  await signIn(page, 'support');
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Orders' }).click();
  await expect(page.getByRole('heading', { name: 'Orders', level: 1 })).toBeVisible();
  await expect(rows(page)).toHaveCount(50);

  await page.getByRole('navigation', { name: 'Status' }).getByRole('link', { name: 'Delivered' }).click();
  await expect(page).toHaveURL(/status=DELIVERED/);
  await expect(rows(page).locator('.badge', { hasText: 'Delivered' })).toHaveCount(await rows(page).count());
  await expect(rows(page).locator('.badge').filter({ hasNotText: 'Delivered' })).toHaveCount(0);

  await page.getByRole('navigation', { name: 'Status' }).getByRole('link', { name: 'All' }).click();
  await expect(page).toHaveURL(/\/orders$/);
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: '25' }).click();
  await expect(page).toHaveURL(/limit=25/);
  await expect(rows(page)).toHaveCount(25);
  const numbers = () => rows(page).locator('.lead').allTextContents();
  const first = await numbers();
  await page.getByRole('link', { name: 'Next' }).click();
  await expect(page).toHaveURL(/after=/);
  await expect(rows(page).locator('.lead').first()).not.toHaveText(first[0]);
  const second = await numbers();
  expect(second).toHaveLength(25);
  expect(second.filter((number) => first.includes(number))).toEqual([]);
  await page.getByRole('link', { name: 'Previous' }).click();
  await expect(page).toHaveURL(/before=/);
  await expect(rows(page).locator('.lead').first()).toHaveText(first[0]);
  expect(await numbers()).toEqual(first);

  const search = async (text: string) => {
    await page.getByRole('combobox', { name: 'Search orders' }).fill(text);
    await page.getByRole('button', { name: 'Search' }).click();
    await expect(page).toHaveURL(new RegExp(`q=${text}`));
    await ready(page);
  };
  await search(second[7]);
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page).locator('.lead')).toHaveText(second[7]);
  const end = second[7].slice(-4);
  await search(end);
  await expect(rows(page).locator('.lead', { hasText: second[7] })).toHaveCount(1);
  for (const number of await numbers()) expect(number).toMatch(new RegExp(`${end}$`));
  await search('xy');
  await expect(page.getByText('Type at least 3 letters')).toBeVisible();
  await page.getByRole('link', { name: 'Show all orders' }).click();
  await expect(rows(page)).toHaveCount(50);
});

test('an order from PENDING to DELIVERED, with a note on the way and a return after', async ({ page }) => {
  const order = await placeOrder();
  await signIn(page, 'support');
  await visit(page, '/orders?status=PENDING');
  await page.getByRole('link', { name: order.order_number }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(order.order_number);
  await expect(badge(page)).toHaveText('Pending');
  await ready(page);

  const note = 'Customer called: deliver to the neighbour & ring <twice>.\nThanks!';
  await page.getByLabel('Add a note').fill(note);
  await page.getByRole('button', { name: 'Add note' }).click();
  await expect(told(page, 'Note added.')).toBeVisible();
  await expect(page.locator('.timeline blockquote').first()).toHaveText(note);
  await expect(page.getByLabel('Add a note')).toHaveValue('');
  await ready(page);

  await move(page, 'Await bank transfer', { 'Transfer reference': order.order_number }, 'Processing');
  await move(page, 'Confirm payment', { 'Reference on the bank statement': `${order.order_number} IDA TESTA` }, 'Confirmed');
  await expect(page.getByRole('button', { name: 'Start preparing' })).toBeDisabled();
  await signOut(page);

  await signIn(page, 'warehouse');
  await visit(page, `/orders/${order.id}`);
  await move(page, 'Start preparing', {}, 'Preparing');
  const form = await unfold(page, 'Mark as shipped');
  await form.getByLabel('Carrier').fill('DHL');
  await form.getByLabel('Tracking number').fill('   ');
  await form.getByRole('button', { name: 'Mark as shipped' }).click();
  await expect(form.getByRole('alert')).toContainText('Something is missing');
  await expect(form.getByText('Enter the number on the label.')).toBeVisible();
  await expect(form.getByLabel('Tracking number')).toHaveAttribute('aria-invalid', 'true');
  await expect(form.getByLabel('Carrier')).toHaveValue('DHL');
  await ready(page);
  await move(page, 'Mark as shipped', { 'Tracking number': 'JD0146 0000 7755' }, 'Shipped');
  await expect(page.getByRole('region', { name: 'Delivery' }).getByRole('link', { name: 'JD0146 0000 7755', exact: true })).toBeVisible();
  await move(page, 'Mark as delivered', {}, 'Delivered');

  const back = await unfold(page, 'Take a return');
  await back.getByLabel('Reason').fill('One of the two is the wrong colour');
  await back.getByRole('button', { name: 'Take a return' }).click();
  await expect(back.getByText('Enter how many pieces came back.')).toBeVisible();
  await expect(back.getByLabel('Reason')).toHaveValue('One of the two is the wrong colour');
  await ready(page);
  await back.getByLabel(/^Quantity/).fill('1');
  await back.getByLabel(/^What becomes of/).selectOption('restock');
  await back.getByRole('button', { name: 'Take a return' }).click();
  await expect(told(page, 'The return is recorded.')).toBeVisible();
  await expect(badge(page)).toHaveText('Delivered');
  await expect(page.getByText('1 returned')).toBeVisible();
  await ready(page);
  await signOut(page);
});

test('an order is cancelled with a reason', async ({ page }) => {
  const order = await placeOrder();
  await signIn(page, 'support');
  await visit(page, `/orders/${order.id}`);
  await move(page, 'Cancel order', { Reason: 'Ordered twice by mistake' }, 'Cancelled');
  await expect(page.locator('.timeline blockquote').first()).toHaveText('Ordered twice by mistake');
  await expect(page.getByRole('heading', { name: 'What next' })).toHaveCount(0);
});

test('a role without the right is told so', async ({ page }) => {
  await signIn(page, 'moderator');
  await expect(page.getByText('Nothing waits for you here')).toBeVisible();
  await visit(page, '/orders', 403);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Not for your role');
  await expect(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Orders' })).toHaveCount(0);
});
