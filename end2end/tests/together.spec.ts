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
