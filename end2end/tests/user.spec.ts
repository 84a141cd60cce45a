// The page of a person: who calls, what is masked, what is done; with JavaScript and without.
import { enter, expect, openFirst, ready, test, told, visit, withScript } from '../support';

test('who calls is found from their order, seen for a reason, noted and suspended', async ({ page, context }) => {
  await enter(context, 'support');
  // each way to use the page has its own person
  await openFirst(page, test.info().project.use.javaScriptEnabled === false ? 'DELIVERED' : 'CONFIRMED');
  const card = page.locator('#customer-title').locator('xpath=ancestor::section');
  const name = (await card.getByRole('link').first().textContent()) ?? '';
  await card.getByRole('link').first().click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  const person = new URL(page.url()).pathname;

  await page.getByRole('link', { name: 'Reveal the e-mail address' }).click();
  const reveal = page.getByRole('dialog', { name: 'Reveal the e-mail address' });
  if (withScript()) await expect(page.locator('dialog:modal')).toHaveCount(1); // over the page, not at its end
  await ready(page);
  await reveal.getByLabel('Why you need it').fill('x');
  await reveal.getByRole('button', { name: 'Reveal' }).click();
  await expect(reveal.getByText(/Say in 3 to 300 characters/)).toBeVisible();
  await ready(page);
  await reveal.getByLabel('Why you need it').fill('asks where the mail went');
  await reveal.getByRole('button', { name: 'Reveal' }).click();
  await expect(page.locator('.facts')).toContainText([/[a-z0-9.]+@[a-z]/]);

  await page.getByRole('link', { name: 'Write a note' }).click();
  const note = page.getByRole('dialog', { name: `Note about ${name}` });
  await ready(page);
  await note.getByLabel('Note', { exact: true }).fill('Prefers to be called in the evening');
  await note.getByLabel('Pin it').selectOption('yes');
  await note.getByRole('button', { name: 'Add note' }).click();
  await expect(page.locator('.staff-note').first()).toContainText('Prefers to be called in the evening');

  await page.getByRole('link', { name: 'Suspend', exact: true }).click();
  const suspend = page.getByRole('dialog', { name: `Suspend: ${name}` });
  await expect(suspend.getByText('Prefers to be called in the evening').first()).toBeVisible();
  await ready(page);
  await suspend.getByLabel('Until').fill('2001-01-01');
  await suspend.getByLabel('Reason').fill('Chargebacks');
  await suspend.getByRole('button', { name: 'Suspend' }).click();
  await expect(suspend.getByText(/This day is over/)).toBeVisible();
  await expect(suspend.getByLabel('Reason')).toHaveValue('Chargebacks');
  await ready(page);
  await suspend.getByLabel('Until').fill('');
  await suspend.getByRole('button', { name: 'Suspend' }).click();
  await expect(told(page, 'is suspended').first()).toBeVisible();
  await page.getByRole('link', { name: 'Reactivate', exact: true }).click();
  const back = page.getByRole('dialog', { name: `Reactivate: ${name}` });
  await ready(page);
  await back.getByLabel('Reason').fill('It was a mistake');
  await back.getByRole('button', { name: 'Reactivate' }).click();
  await expect(told(page, 'can sign in again').first()).toBeVisible();

  const parts = page.getByRole('navigation', { name: 'Parts' });
  for (const part of ['Orders', 'Payments and refunds', 'Reviews', 'Cart and wish list', 'Addresses and payment methods', 'Sessions and activity', 'History']) {
    await parts.getByRole('link', { name: part, exact: true }).click();
    await expect(parts.getByRole('link', { name: part, exact: true })).toHaveAttribute('aria-current', 'page');
    await expect(page.locator('.record section').first()).toBeVisible();
  }
  await expect(page.getByText('“It was a mistake”').first()).toBeVisible();
  await expect(page.getByText('asks where the mail went').first()).toBeVisible();
  await page.getByRole('link', { name: 'Reactivated' }).first().click();
  await expect(page.getByText(/Suspended \(now Active\)/)).toBeVisible();
  expect(new URL(page.url()).pathname).toBe(person);
});
