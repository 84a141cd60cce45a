// Until the app has taken the page over, a link is a link: the router, which listens before, would change the address, and
// the page would come alive with what it had been given for the old one.
document.addEventListener('click', (event) => {
  if (!('alive' in document.documentElement.dataset) && event.target.closest?.('a[href]')) event.stopPropagation();
}, true);

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

// What many pages never need is loaded when it is first needed: numbers around the page and news of a list with the first
// change, suggestions with the first key.
(() => {
  const EVERY = 50_000;
  const parts = {};
  const tell = (path, what) => {
    parts[path] ??= import(path).catch(() => { parts[path] = undefined; });
    parts[path].then((part) => part?.hear(what));
  };
  addEventListener('techally:hint', ({ detail }) => {
    tell('/numbers.js', detail);
    if (location.pathname === '/orders') tell('/news.js', detail);
  });
  addEventListener('input', ({ target }) => { if (target.dataset?.suggest) tell('/suggest.js', target); });
  // the numbers of pinned views change with time as well
  setInterval(() => { if (document.querySelector('[aria-labelledby=nav-views]')) tell('/numbers.js'); }, EVERY);
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
