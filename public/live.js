// Hints of what changed on the server, to every tab of this browser over one connection: one tab holds it, the others
// hear from that one. A page listens for the event "techally:hint"; its detail is a line as src/live/events.rs sends it.
(() => {
  const tell = (hint) => dispatchEvent(new CustomEvent('techally:hint', { detail: hint }));
  const tabs = new BroadcastChannel('techally-live');
  tabs.onmessage = ({ data }) => tell(data);
  // held until this tab is gone; then another one's turn comes
  const lead = () => new Promise(() => {
    const source = new EventSource('/events');
    source.onmessage = ({ data }) => { tell(data); tabs.postMessage(data); };
    addEventListener('pagehide', () => source.close());
  });
  if (navigator.locks) navigator.locks.request('techally-live', lead); else lead();
})();

// What stands around the page follows: numbers of the inbox, of pinned views, of tabs. Texts change, nothing moves and the
// focus stays; a number that comes to be is put last, where the app doesn't look.
(() => {
  const SOON = 1_500, PAUSE = 5_000, EVERY = 50_000;
  let planned, asked = 0, missed = false;
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
    const answer = await fetch('/live/numbers').catch(() => null);
    if (answer?.ok) show(await answer.json());
  };
  const plan = () => { planned ??= setTimeout(ask, Math.max(SOON, asked + PAUSE - Date.now())); };
  addEventListener('techally:hint', plan);
  document.addEventListener('visibilitychange', () => { if (missed && !document.hidden) plan(); });
  // what depends on the time changes without a hint
  setInterval(() => { if (document.querySelector('[aria-labelledby=nav-views]')) plan(); }, EVERY);
})();

// What happened to a list of orders while it is open is said above it.
(() => {
  let news;
  addEventListener('techally:hint', ({ detail }) => {
    if (location.pathname !== '/orders') return;
    // what comes before the code is there waits for it
    news ??= import('/news.js').catch(() => { news = undefined; });
    news.then((module) => module?.hear(detail));
  });
})();

// What draws the page anew (a button with data-redraws) takes nothing away: what is being typed is put into the new fields.
(() => {
  const fields = () => [...document.forms].flatMap((form) => [...form.elements]).filter((field) => field.name && field.type !== 'hidden');
  const ticked = (field) => field.type === 'checkbox' || field.type === 'radio';
  const isTyped = (field) => {
    if (ticked(field)) return field.checked !== field.defaultChecked;
    if (field.options) return [...field.options].some((option) => option.selected !== option.defaultSelected);
    return field.value !== field.defaultValue;
  };
  // a form is told by its hidden fields; these two are others each time
  const key = (field) => {
    const own = [...field.form.elements].filter((one) => one.type === 'hidden' && !['version', 'key'].includes(one.name));
    return [...own.map((one) => `${one.name}=${one.value}`), field.name].join('&');
  };
  addEventListener('click', (event) => {
    if (!event.target.closest?.('[data-redraws]')) return;
    const kept = new Map(fields().filter(isTyped).map((field) => [key(field), field]));
    if (!kept.size) return;
    const until = Date.now() + 10_000;
    const watch = new MutationObserver(() => {
      for (const field of fields()) {
        const old = kept.get(key(field));
        if (!old || old === field) continue;
        if (ticked(field)) field.checked = old.checked; else field.value = old.value;
        field.closest('details')?.setAttribute('open', '');
        kept.delete(key(field));
      }
      if (!kept.size || Date.now() > until) watch.disconnect();
    });
    watch.observe(document.body, { childList: true, subtree: true });
  }, true);
})();
