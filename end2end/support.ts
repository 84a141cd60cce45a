// What the specs share: people, ways to get somewhere, and a watch over the browser's console.
import { test as base, expect, request, type BrowserContext, type Locator, type Page } from '@playwright/test';

export { expect };
export type Role = 'super' | 'admin' | 'support' | 'moderator' | 'warehouse';
export const password = 'techally-demo';
export const email = (role: Role) => `${role}@techally.test`;

export const withScript = () => test.info().project.use.javaScriptEnabled !== false;

/** Every test watches its own context; what the browser complains about fails the test. */
export const test = base.extend({
  context: async ({ context }, use) => {
    const problems = await watch(context);
    await use(context);
    expect(problems, 'complaints of the browser').toEqual([]);
  },
});

const onPurpose = new WeakMap<BrowserContext, number>();
/** From now on answers with this status are what the test is about, not a complaint. */
export const expectStatus = (context: BrowserContext, status: number) => void onPurpose.set(context, status);

/** Collects console warnings and errors, uncaught errors, CSP reports and failed requests of a context. */
export async function watch(context: BrowserContext): Promise<string[]> {
  const problems: string[] = [];
  if (!withScript()) return problems; // with scripts off Chromium reports each blocked script
  const refused = new Set<string>(); // pages that answer 4xx on purpose; the specs check their status
  context.on('response', (answer) => {
    if (answer.status() < 400) return;
    const expected = answer.status() === onPurpose.get(context) || (answer.request().isNavigationRequest() && answer.status() < 500);
    if (expected) refused.add(answer.url());
    else problems.push(`${answer.status()} ${answer.url()}`);
  });
  context.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? '';
    // a page that is left drops what it was still loading
    if (why !== 'net::ERR_ABORTED') problems.push(`${why} ${request.url()}`);
  });
  context.on('console', (message) => {
    if (!['warning', 'error'].includes(message.type()) || refused.has(message.location().url)) return;
    problems.push(`console ${message.type()} on ${message.page()?.url()}: ${message.text()}`);
  });
  context.on('weberror', (error) => problems.push(`uncaught on ${error.page()?.url()}: ${error.error()}`));
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`));
    // a form is alive when the app listens to it: that is how the specs know that hydration reached it
    const listen = EventTarget.prototype.addEventListener;
    EventTarget.prototype.addEventListener = function (this: EventTarget, type: string, ...rest: [any, any?]) {
      if (type === 'submit' && this instanceof HTMLFormElement) this.dataset.alive = '';
      return listen.call(this, type, ...rest);
    };
  });
  return problems;
}

/** Waits until the page takes input the way it is meant to: with JavaScript, until it is hydrated. */
export async function ready(page: Page) {
  if (!withScript()) return;
  await expect(page.locator('html:not([data-alive]):has(script[type=module])')).toHaveCount(0);
  await expect(page.locator('form[method=post]:not([data-alive])')).toHaveCount(0);
}

/** Opens an address and checks its status. */
export async function visit(page: Page, path: string, status = 200) {
  const answer = await page.goto(path);
  expect(answer?.status(), path).toBe(status);
  await ready(page);
}

/** Signs in through the page. */
export async function signIn(page: Page, role: Role) {
  await visit(page, '/login');
  await page.getByLabel('Email').fill(email(role));
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('/');
  await ready(page);
}

/** Signs in by a post alone, where signing in isn't the subject. */
export async function enter(context: BrowserContext, role: Role) {
  const base = test.info().project.use.baseURL!;
  const answer = await context.request.post('/login', {
    form: { email: email(role), password, next: '' },
    headers: { origin: base },
    maxRedirects: 0,
  });
  expect(answer.status()).toBe(303);
}

/** The link of the newest mail to an address, read where the mails of this shop wait; the page is a super admin's. */
export async function mailedLink(page: Page, to: string): Promise<string> {
  let link = '';
  await expect(async () => {
    await page.goto('/dev/mail');
    const mail = page.locator('section.card').filter({ hasText: to }).filter({ hasText: '/login/link?token=' }).first();
    link = (await mail.getByRole('link').first().textContent({ timeout: 1_000 })) ?? '';
    expect(link).toContain('/login/link?token=');
  }).toPass();
  return new URL(link).pathname + new URL(link).search;
}

/** Asks for a link for a new password by a post alone. */
export async function forget(context: BrowserContext, who: string) {
  const base = test.info().project.use.baseURL!;
  const answer = await context.request.post('/login/forgot', { form: { email: who }, headers: { origin: base }, maxRedirects: 0 });
  expect(answer.status()).toBe(303);
}

export async function signOut(page: Page) {
  await page.locator('button.me').click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL('/login');
  await ready(page);
}

export const rows = (page: Page) => page.locator('main tbody tr');
export const badge = (page: Page) => page.locator('.page-head .badge');
/** The message after an act: a toast with JavaScript, a notice without. */
export const told = (page: Page, text: string | RegExp) => page.getByRole('status').filter({ hasText: text });

/** Unfolds a move of “What next” and returns its form. */
export async function unfold(page: Page, action: string): Promise<Locator> {
  const act = page.locator('details.act', { has: page.locator('summary', { hasText: action }) });
  if ((await act.getAttribute('open')) === null) await act.locator('summary').click();
  return act.locator('form');
}

/** Takes a move with the given fields and waits for its new state. */
export async function move(page: Page, action: string, fields: Record<string, string>, state: string) {
  const form = await unfold(page, action);
  for (const [label, value] of Object.entries(fields)) await form.getByLabel(label).fill(value);
  await form.getByRole('button', { name: action }).click();
  await expect(badge(page)).toHaveText(state);
  await expect(told(page, ` is ${state.toLowerCase()} now.`).first()).toBeVisible();
  await ready(page);
}

export interface Placed {
  id: string;
  order_number: string;
  status: string;
  hold_expires_at: string;
}

let skus: string[] = [];

const IDA = { email: 'ida.testa@mail.example', first_name: 'Ida', last_name: 'Testa', phone: '+49 30 5550199' };

/** A new PENDING order of two equal pieces, as a storefront places it. */
export async function placeOrder(customer = IDA): Promise<Placed> {
  const base = test.info().project.use.baseURL!;
  const api = await request.newContext({ baseURL: base, extraHTTPHeaders: { origin: base } });
  try {
    if (skus.length === 0) {
      await api.post('/login', { form: { email: email('support'), password, next: '' } });
      const list = await (await api.get('/orders?status=COMPLETED&limit=25')).text();
      for (const [path] of [...list.matchAll(/\/orders\/[0-9a-f-]{36}/g)].slice(0, 20)) {
        const order = await (await api.get(path)).text();
        skus.push(...[...order.matchAll(/<small class="code">([^<]+)</g)].map((match) => match[1]));
      }
      expect(skus, 'articles on order pages').not.toEqual([]);
    }
    let refusal = '';
    for (const sku of [...skus]) {
      const answer = await api.post('/api/orders', {
        headers: { authorization: `Bearer ${key()}`, 'idempotency-key': crypto.randomUUID() },
        data: {
          customer,
          items: [{ sku, quantity: 2 }],
          shipping_address: { recipient_name: 'Ida Testa', street: 'Probeweg 1', postal_code: '10115', city: 'Berlin', country: 'DE' },
        },
      });
      if (answer.status() === 201) return await answer.json();
      refusal = await answer.text();
      skus = skus.filter((other) => other !== sku); // sold out
    }
    throw new Error(`no order could be placed: ${refusal}`);
  } finally {
    await api.dispose();
  }
}

/** Two accounts of one customer, with an order each: the addresses of their pages. */
export async function twoAccounts(page: Page): Promise<{ kept: string; other: string }> {
  const tag = crypto.randomUUID().slice(0, 8);
  const phone = `+49 40 ${Number.parseInt(tag, 16) % 10 ** 9}`;
  const emails = [`mira.${tag}@mail.example`, `m.ira.${tag}+old@mail.example`];
  const pages: string[] = [];
  for (const [at, address] of emails.entries()) {
    await placeOrder({ email: address, first_name: at === 0 ? 'Mira' : 'Miranda', last_name: 'Doppel', phone });
    await visit(page, `/users?q=${encodeURIComponent(address)}`);
    pages.push((await rows(page).first().getByRole('link').first().getAttribute('href'))!.split('?')[0]);
  }
  return { kept: pages[0], other: pages[1] };
}

/** A customer who never ordered, added by the colleague who is signed in: the address of their page, and their name. */
export async function newCustomer(page: Page, first: string): Promise<{ person: string; name: string }> {
  const last = `Vergissmich${crypto.randomUUID().slice(0, 8)}`;
  const address = `${first.toLowerCase()}.${last.slice(-8)}@mail.example`;
  await visit(page, '/orders/new?act=customer');
  const form = page.getByRole('dialog', { name: 'New customer' });
  await form.getByLabel('First name').fill(first);
  await form.getByLabel('Last name').fill(last);
  await form.getByLabel('E-mail address').fill(address);
  await form.getByRole('button', { name: 'Add the customer' }).click();
  await expect(told(page, 'is a customer now').first()).toBeVisible();
  await visit(page, `/users?q=${encodeURIComponent(address)}`);
  const person = (await rows(page).first().getByRole('link').first().getAttribute('href'))!.split('?')[0];
  return { person, name: `${first} ${last}` };
}

const key = () => (process.env.CHECKOUT_API_KEYS ?? 'demo-key').split(',')[0].trim();

/** Opens the newest order of a state that isn't of these tests' own making or is, whichever comes first. */
export async function openFirst(page: Page, status: string) {
  await visit(page, `/orders?status=${status}&limit=25`);
  const path = await rows(page).first().getByRole('link').getAttribute('href');
  await visit(page, path!);
}

/** Unfolds every form of the page at once; the page itself keeps one open at a time. */
export async function unfoldAll(page: Page) {
  await page.locator('details').evaluateAll((all) => {
    for (const details of all as HTMLDetailsElement[]) {
      details.removeAttribute('name');
      details.open = true;
    }
  });
}
