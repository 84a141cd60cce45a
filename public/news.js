// The bar above a list of orders: “3 new orders, 2 changed · Show”. It counts what the list that is open has in it, on
// whatever page, as the server says (at most every five seconds); what one did oneself isn't news. Nothing moves by itself:
// “Show” tells the list to load anew, and what was checked stays checked.
const PAUSE = 5_000;
/** Orders that the server is asked about at once; with more nobody counts. */
const MOST = 200;
/** A list that was loaded a moment ago may have been read before what is told now. */
const OVERLAP = 3_000;

const me = document.documentElement.dataset.me;
const slot = document.getElementById('news');
/** What was told and may be in this list, by order: when. */
let told = new Map();
/** Orders that were placed since the list is open. */
const born = new Set();
/** What the address bar says, without the place in the page. */
const addressNow = () => location.pathname + location.search;
let lost = false, asked = 0, planned, address = addressNow(), shown = '';

const isList = () => location.pathname === '/orders';

/** Another page or list is on show: what happened before it was loaded is in it. */
function follow() {
  if (addressNow() === address) return;
  [address, lost, shown] = [addressNow(), false, ''];
  const since = Date.now() - OVERLAP;
  told = new Map([...told].filter(([, at]) => isList() && at > since));
  slot.replaceChildren();
  if (told.size) plan();
}

/** Takes in a hint as src/live/events.rs sends it. */
export function hear(hint) {
  follow();
  const [kind, order, by] = hint.split(' ');
  if (kind === 'all') lost = true;
  else if (by === me || !['new', 'order'].includes(kind)) return;
  else told.set(order, Date.now());
  if (kind === 'new') born.add(order);
  plan();
}

function plan() {
  planned ??= setTimeout(count, Math.max(500, asked + PAUSE - Date.now()));
}

async function count() {
  planned = undefined;
  follow();
  if (!isList() || document.hidden || (!told.size && !lost)) return;
  asked = Date.now();
  if (lost || told.size > MOST) return draw('This list may have changed');
  const [ids, where, before] = [[...told.keys()], address, new Map(told)];
  const fits = await ask(ids);
  follow();
  if (where !== address) return;
  if (!fits) return draw('This list may have changed');
  const here = new Set([...document.querySelectorAll('main tbody .check')].map((box) => box.value));
  // one that is on show and fits no more has changed as well; the rest is another list's
  ids.filter((id) => !fits.has(id) && !here.has(id) && told.get(id) === before.get(id)).forEach((id) => told.delete(id));
  const [news, changed] = [[], []];
  for (const id of told.keys()) if (ids.includes(id)) (born.has(id) && !here.has(id) ? news : changed).push(id);
  const words = [
    news.length && `${news.length} new ${news.length === 1 ? 'order' : 'orders'}`,
    changed.length && (news.length ? `${changed.length} changed` : `${changed.length} ${changed.length === 1 ? 'order' : 'orders'} changed`),
  ];
  draw(words.filter(Boolean).join(', '), news.length > 0);
}

/** Which of these are in the list; nothing when that isn't known. */
async function ask(ids) {
  try {
    const answer = await fetch('/api/techally/orders/api/fitting_orders', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: [...new URLSearchParams(address.split('?')[1])], ids }),
    });
    return answer.ok ? new Set(await answer.json()) : null;
  } catch {
    return null;
  }
}

function draw(words, hasNew) {
  if (words === shown) return;
  shown = words;
  if (!words) return slot.replaceChildren();
  const text = document.createElement('span');
  text.textContent = words;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'button';
  button.textContent = 'Show';
  button.addEventListener('click', () => show(hasNew));
  // a button that is there keeps the focus
  const old = slot.querySelector('button');
  const held = old && old === document.activeElement;
  slot.replaceChildren(text, button);
  if (held) button.focus({ preventScroll: true });
}

/** Loads the list anew where it is; new orders stand on its first page, to which a later one leads. */
function show(hasNew) {
  const query = new URLSearchParams(address.split('?')[1]);
  const isLater = query.has('after') || query.has('before');
  told = new Map();
  born.clear();
  [lost, shown] = [false, ''];
  slot.replaceChildren();
  focusTitle();
  if (hasNew && isLater) {
    query.delete('after');
    query.delete('before');
    return go(`/orders?${query}`);
  }
  keep();
  dispatchEvent(new CustomEvent('techally:show'));
}

/** By a link, so that the app takes it. */
function go(href) {
  const link = document.createElement('a');
  link.href = href;
  link.hidden = true;
  document.body.append(link);
  link.click();
  link.remove();
}

/**
 * Rows are drawn in place, so that a box may stand for another order then: the orders that were checked stay so. The app takes
 * the page out for a moment, which loses the focus: it goes back to the title.
 */
function keep() {
  const boxes = () => [...document.querySelectorAll('main tbody .check')];
  const checked = new Set(boxes().filter((box) => box.checked).map((box) => box.value));
  // one's own clicks change what is to be checked
  let isTouched = checked.size === 0;
  const touch = ({ target }) => { if (target.closest?.('.check')) isTouched = true; };
  const watch = new MutationObserver(() => {
    if (document.activeElement === document.body) focusTitle();
    if (isTouched) return;
    const wrong = boxes().filter((box) => box.checked !== checked.has(box.value));
    for (const box of wrong) box.checked = !box.checked;
    wrong.at(-1)?.dispatchEvent(new Event('change', { bubbles: true }));
  });
  watch.observe(document.querySelector('main'), { childList: true, subtree: true, attributes: true, attributeFilter: ['value'], characterData: true });
  addEventListener('click', touch, true);
  setTimeout(() => { watch.disconnect(); removeEventListener('click', touch, true); }, 5_000);
}

function focusTitle() {
  document.querySelector('main h1')?.focus({ preventScroll: true });
}

// turned to again, or led elsewhere: what is said is of the list that is on show
document.addEventListener('visibilitychange', () => { if (!document.hidden && (told.size || lost)) plan(); });
setInterval(follow, 500);
