// A forgotten password: asked for, mailed, chosen anew. Runs with JavaScript and without.
import { enter, expect, mailedLink, ready, test, visit } from '../support';

const forgetful = 'forgetful@techally.test'; // tools/e2e.sh makes this person: nobody else needs their password

test('a forgotten password is chosen anew with the link of a mail', async ({ page, browser, baseURL }) => {
  const chosen = `harbour plum violet ${test.info().project.name}`;
  await visit(page, '/login');
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Forgot your password?');
  await ready(page);
  await page.getByLabel('Email').fill(forgetful);
  await page.getByRole('button', { name: 'Send the link' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Look into your mail');

  const office = await browser.newContext({ baseURL });
  await enter(office, 'super');
  const link = await mailedLink(await office.newPage(), forgetful);
  await office.close();

  await visit(page, link);
  await expect(page.getByText('f•••@techally.test')).toBeVisible();
  await page.getByLabel('New password').fill('techally-demo-2026');
  await page.getByRole('button', { name: 'Set password' }).click();
  await expect(page.getByRole('alert')).toContainText('Your password is not set.');
  await expect(page.locator('.field .error')).toContainText('soon be guessed');
  await ready(page);
  await page.getByLabel('New password').fill(chosen);
  await page.getByRole('button', { name: 'Set password' }).click();
  await expect(page).toHaveURL(/\/login\?done=password$/);
  await expect(page.getByRole('status').filter({ hasText: 'Your password is set.' })).toBeVisible();

  await ready(page);
  await page.getByLabel('Email').fill(forgetful);
  await page.getByLabel('Password').fill(chosen);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('/');
  await page.context().clearCookies();
  await visit(page, link, 410);
  await expect(page.getByRole('link', { name: 'Ask for a new one' })).toBeVisible();
});
