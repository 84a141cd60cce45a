// A search box that names who suggests (data-suggest) is completed while one types: the server says how the text could go
// on, the browser's own list shows it, filters it and has the keys for it.
(() => {
  const PAUSE = 120;
  let waiting, asking;
  addEventListener('input', ({ target }) => {
    const path = target.dataset?.suggest;
    if (!path) return;
    clearTimeout(waiting);
    asking?.abort();
    waiting = setTimeout(async () => {
      asking = new AbortController();
      try {
        const answer = await fetch(path, { method: 'POST', body: new URLSearchParams({ q: target.value }), signal: asking.signal });
        const options = answer.ok ? await answer.json() : [];
        target.list?.replaceChildren(...options.map((text) => Object.assign(document.createElement('option'), { value: text })));
      } catch { /* without an answer nothing is suggested */ }
    }, PAUSE);
  });
})();
