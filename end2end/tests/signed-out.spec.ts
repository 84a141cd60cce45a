// A session that runs out while somebody is writing.
import { email, enter, expect, expectStatus, openFirst, password, ready, test, told } from '../support';
import type { Page } from '@playwright/test';

async function fillSignIn(page: Page) {
  await page.getByLabel('Email').fill(email('support'));
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test('what was typed when the session had ended is not lost', async ({ page, context, baseURL }) => {
  await enter(context, 'support');
  await openFirst(page, 'PROCESSING');
  const order = page.url();
  const note = 'Written while the session ended: <call> back & tell.';
  await page.getByLabel('Add a note').fill(note);
  // the session ends elsewhere; the browser still has its cookie
  const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
  const out = await fetch(`${baseURL}/logout`, {
    method: 'POST', redirect: 'manual', body: 'sign_out=1',
    headers: { origin: baseURL!, cookie, 'content-type': 'application/x-www-form-urlencoded' },
  });
  expect(out.status).toBe(303);
  expectStatus(context, 401);

  const withScript = test.info().project.name === 'js';
  await page.getByRole('button', { name: 'Add note' }).click();
  if (withScript) {
    await expect(page.getByRole('alert')).toContainText('You are signed out');
    await expect(page.getByLabel('Add a note')).toHaveValue(note);
    const [tab] = await Promise.all([context.waitForEvent('page'), page.getByRole('link', { name: 'Sign in in a new tab' }).click()]);
    await tab.waitForURL(/\/login/);
    await ready(tab);
    await fillSignIn(tab);
    await tab.waitForURL('/');
    await tab.close();
  } else {
    await expect(page).toHaveURL(/\/login/);
    await fillSignIn(page);
    await expect(page).toHaveURL(new RegExp(`^${order}`));
    await expect(page.getByText('You were signed out before this was sent')).toBeVisible();
    await expect(page.getByLabel('Add a note')).toHaveValue(note);
  }
  await page.getByRole('button', { name: 'Add note' }).click();
  await expect(told(page, 'Note added.')).toBeVisible();
  await expect(page.locator('.timeline blockquote').first()).toHaveText(note);
});
