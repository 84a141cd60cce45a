// How long a person waits after a click: from the mouse's event to the first frame that shows the new heading or rows,
// in Chromium, on a server that is otherwise idle. Prints JSON: milliseconds of each kind of click, the first one, which
// loads the page's code, apart.
//   BASE_URL COOKIE   the server and a signed-in session (name=value); CLICKS of each kind; CHROMIUM
import { createRequire } from 'node:module';

const { chromium } = createRequire(new URL('../end2end/package.json', import.meta.url))('@playwright/test');
const { BASE_URL: base, COOKIE: cookie, CHROMIUM: executablePath = '/usr/bin/chromium' } = process.env;
const clicks = Number(process.env.CLICKS ?? 30), patience = 10_000;

const browser = await chromium.launch({
  executablePath,
  args: [ // as in end2end/playwright.config.ts
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
  ],
});
process.once('SIGTERM', () => browser.close().finally(() => process.exit(143)));
const context = await browser.newContext({ baseURL: base, viewport: { width: 1280, height: 800 } });
const [name, value] = cookie.split('; ').find((one) => one.startsWith('techally=')).split('=');
await context.addCookies([{ name, value, url: base }]);
await context.addInitScript(() => {
  // forms that the app listens to tell that it is alive, as in end2end/support.ts
  const listen = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (type, ...rest) {
    if (type === 'submit' && this instanceof HTMLFormElement) this.dataset.alive = '';
    return listen.call(this, type, ...rest);
  };
});
const page = await context.newPage();
page.setDefaultTimeout(patience);

/** In the page: waits for a click and then for the frame that shows something else. */
function watch() {
  const text = (selector) => document.querySelector(selector)?.textContent ?? '';
  // heading, state and rows: drawn together, when the answer is there
  const look = () => [text('main h1'), text('.tabs [aria-current]'), text('main tbody')].join('\n');
  const before = look(), address = location.href;
  window.seen = new Promise((resolve) => {
    let from;
    addEventListener('click', (event) => { from ??= event.timeStamp; }, { capture: true, once: true });
    const after = new MessageChannel();
    after.port1.onmessage = () => resolve(performance.now() - from);
    const frame = () => {
      const waits = from === undefined || location.href === address || text('main h1') === '' || look() === before
        || document.querySelector('main .bones');
      // a message's turn comes when this frame has been painted
      if (waits) requestAnimationFrame(frame); else after.port2.postMessage('');
    };
    requestAnimationFrame(frame);
  });
}

const times = {}, failed = [];
async function measure(kind, target) {
  await page.evaluate(watch);
  await target.click();
  let timer;
  const late = new Promise((resolve) => { timer = setTimeout(resolve, patience, undefined); });
  const ms = await Promise.race([page.evaluate(() => window.seen), late]);
  clearTimeout(timer);
  if (ms === undefined) throw new Error(`${kind}: nothing new after ${patience / 1000} s`);
  (times[kind] ??= []).push(Math.round(ms * 10) / 10);
}

const rows = page.locator('main tbody tr');
const to = (path) => page.locator(`nav a[href="${path}"]:visible`).first();
const tab = (n) => page.locator('.tabs a').nth(n);
const start = async () => {
  await page.goto('/orders');
  await page.waitForFunction(() => !document.querySelector('form[method=post]:not([data-alive])'));
  await page.waitForLoadState('networkidle');
  await page.evaluate(() => { window.mark = true; });
};
await start();
for (let n = 0; n < clicks; n++) {
  try {
    await measure('a row → its order', rows.nth(n % 20).locator('td').last());
    const next = page.locator('main .page-head a[rel=next]');
    if (await next.count()) await measure('the order’s next one', next);
    await measure('navigation → Orders', to('/orders'));
    await measure('a status tab', tab(1 + n % 5));
    await measure('the tab All', tab(0));
    await measure('the pager’s next page', page.locator('.pager a[rel=next]'));
    await measure('navigation → Today', to('/'));
    await measure('navigation → Orders', to('/orders'));
    if (!await page.evaluate(() => window.mark)) throw new Error('a click loaded the document anew');
  } catch (error) {
    failed.push(error.message.split('\n')[0]);
    if (failed.length >= 3) break;
    await start();
  }
}
await browser.close();
console.log(JSON.stringify({ times, failed }));
