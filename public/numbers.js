// What stands around the page follows: numbers of the inbox, of pinned views, of tabs. Texts change, nothing moves and the
// focus stays; a number that comes to be is put last, where the app doesn't look.
const SOON = 1_500, PAUSE = 5_000;
let planned, asked = 0, missed = false, again = false;
const write = (link, number, hidden) => {
  const own = [...link.querySelectorAll(link.matches('.tab') ? 'span' : '.count')];
  // the app has drawn its own meanwhile
  if (own.length > 1) own.filter((one) => one.dataset.made).forEach((one) => one.remove());
  let count = own.find((one) => one.isConnected);
  if (!count) {
    if (!number) return;
    count = document.createElement('span');
    count.dataset.made = 'yes';
    if (!link.matches('.tab')) count.className = 'count';
    count.append('');
    if (hidden) {
      const words = document.createElement('span');
      words.className = 'visually-hidden';
      words.textContent = hidden;
      count.append(words);
    }
    link.append(' ', count);
  }
  count.hidden = !number;
  if (count.firstChild?.nodeType === Node.TEXT_NODE) count.firstChild.data = number; else count.prepend(number);
};
const show = ({ unread, pins, tabs }) => {
  for (const link of document.querySelectorAll('.nav a[href="/inbox"]')) write(link, unread, ' unread');
  const numbers = new Map(pins);
  for (const link of document.querySelectorAll('[aria-labelledby=nav-views] a')) {
    const number = numbers.get(link.getAttribute('href'));
    if (number !== undefined) write(link, number);
  }
  if (location.pathname !== '/orders') return;
  const states = new Map(tabs);
  for (const link of document.querySelectorAll('.tabs a')) {
    const number = states.get(new URL(link.href).searchParams.get('status'));
    if (number !== undefined) write(link, number);
  }
};
const ask = async () => {
  planned = undefined;
  missed = document.hidden;
  if (missed) return;
  asked = Date.now();
  const heard = again;
  again = false;
  const answer = await fetch('/live/numbers').catch(() => null);
  if (answer?.ok) show(await answer.json());
  // the server may have kept a number for some seconds that it had before the change
  if (heard) planned ??= setTimeout(ask, PAUSE);
};
/** Something changed, or time went by. */
export function hear() {
  again = true;
  planned ??= setTimeout(ask, Math.max(SOON, asked + PAUSE - Date.now()));
}
document.addEventListener('visibilitychange', () => { if (missed && !document.hidden) hear(); });
