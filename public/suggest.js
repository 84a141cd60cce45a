// A search box that names who suggests (data-suggest) is completed while one types: the server says how the text could go
// on, the browser's own list shows it, filters it and has the keys for it. public/live.js loads this with the first key.
const PAUSE = 120;
let waiting, asking;

/** Something was typed into a field. */
export function hear(field) {
  clearTimeout(waiting);
  asking?.abort();
  waiting = setTimeout(async () => {
    asking = new AbortController();
    try {
      const answer = await fetch(field.dataset.suggest, { method: 'POST', body: new URLSearchParams({ q: field.value }), signal: asking.signal });
      const options = answer.ok ? await answer.json() : [];
      field.list?.replaceChildren(...options.map((text) => Object.assign(document.createElement('option'), { value: text })));
    } catch { /* without an answer nothing is suggested */ }
  }, PAUSE);
}
