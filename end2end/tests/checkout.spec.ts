// A storefront's order arrives where people look.
import { badge, enter, expect, placeOrder, rows, test, visit } from '../support';

test('a new order is on top of the list, pending, with its stock held', async ({ page, context }) => {
  await enter(context, 'support');
  const order = await placeOrder();
  expect(order.status).toBe('PENDING');
  await visit(page, '/orders');
  // demo traffic may have come in between
  const row = rows(page).filter({ hasText: order.order_number });
  await expect(row.locator('.badge')).toHaveText('Pending');
  expect(await rows(page).locator('.lead').allTextContents().then((all) => all.indexOf(order.order_number))).toBeLessThan(5);
  await row.getByRole('link').click();
  await expect(badge(page)).toHaveText('Pending');
  await expect(page.getByText('Not paid yet')).toBeVisible();
  await expect(page.locator('.notice time').first()).toHaveAttribute('datetime', /^2\d{3}-/);
});

test('the checkout wants its key', async ({ request }) => {
  const answer = await request.post('/api/orders', { data: {}, headers: { authorization: 'Bearer wrong', 'idempotency-key': 'x' } });
  expect(answer.status()).toBe(401);
});
