// Two people with the same order open. Runs with JavaScript and without.
import { badge, enter, expect, move, placeOrder, test, unfold, visit, watch } from '../support';

const cases = [
  { name: 'another move', action: 'Cancel order', label: 'Reason', input: 'Customer changed her mind' },
  { name: 'the same move', action: 'Await bank transfer', label: 'Transfer reference', input: 'REF-OF-B 77' },
];

for (const { name, action, label, input } of cases) {
  test(`who comes second with ${name} is told who was first and keeps the input`, async ({ page, context, browser }) => {
    const order = await placeOrder();
    await enter(context, 'support');
    const other = await browser.newContext();
    const problems = await watch(other);
    await enter(other, 'admin');
    const second = await other.newPage();

    await visit(page, `/orders/${order.id}`);
    await visit(second, `/orders/${order.id}`);
    const first = await page.locator('.me-name').textContent();
    await move(page, 'Await bank transfer', {}, 'Processing');

    const form = await unfold(second, action);
    await form.getByLabel(label).fill(input);
    await form.getByRole('button', { name: action }).click();
    const alert = second.getByRole('alert');
    await expect(alert).toContainText(`${first} changed this order`);
    // with JavaScript the form stays as it was; the page that is drawn anew has no such form and shows what was typed
    const kept = test.info().project.name === 'plain' ? alert : form;
    await expect(kept.getByLabel(label, { exact: true })).toHaveValue(input);

    await visit(second, `/orders/${order.id}`);
    await expect(badge(second)).toHaveText('Processing');
    await other.close();
    expect(problems).toEqual([]);
  });
}

test('two people on one order see each other, and what the other changed, without a reload', async ({ page, context, browser }) => {
  test.skip(test.info().project.name === 'plain', 'nothing is told without a script');
  const order = await placeOrder();
  await enter(context, 'support');
  const other = await browser.newContext();
  const problems = await watch(other);
  await enter(other, 'admin');
  const second = await other.newPage();
  await visit(page, `/orders/${order.id}`);
  await visit(second, `/orders/${order.id}`);
  const first = await page.locator('.me-name').textContent();
  await expect(second.getByText(`Also here: ${first}`)).toBeVisible();

  // a note that is being typed stays, and nothing moves until it is asked for
  await second.getByLabel('Add a note').fill('half a th');
  await page.getByLabel('Add a note').fill('@admin see the invoice');
  await page.getByRole('button', { name: 'Add note' }).click();
  await expect(second.getByText('This order was changed by somebody else.')).toBeVisible();
  await expect(second.getByLabel('Add a note')).toHaveValue('half a th');
  await expect(page.getByText('This order was changed by somebody else.')).toHaveCount(0);
  await second.getByRole('button', { name: 'Show the changes' }).click();
  await expect(second.getByRole('region', { name: 'Timeline' })).toContainText('@admin see the invoice');
  await expect(second.getByText('This order was changed by somebody else.')).toHaveCount(0);
  await expect(second.getByLabel('Add a note')).toHaveValue('half a th');

  // and the colleague finds it in the inbox
  await visit(second, '/inbox');
  await expect(second.getByRole('listitem').filter({ hasText: '@admin see the invoice' })).toBeVisible();
  await second.getByRole('button', { name: 'Mark all as read' }).click();
  await expect(second.getByRole('button', { name: 'Mark all as read' })).toHaveCount(0);
  await other.close();
  expect(problems).toEqual([]);
});
