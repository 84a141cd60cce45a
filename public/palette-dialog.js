// The palette: a dialog with one field and what fits it: what can be done on this page, orders that were opened last, and
// what the server finds. A combobox with a list (WAI-ARIA): the focus stays in the field, the arrows choose, Enter goes there.
const PAUSE = 80;
/** Most things to do that are offered. */
const MOST_ACTIONS = 8;

let dialog, field, list, status;
/** Options in their order: { key, node, run }. */
let options = [];
let active = 0, moved = false, recent = [], actions = [];
let turn = 0, waiting, asking, found = nothing(), isBehind = false, runsWhenFound = false;

/** What the server has said so far. */
function nothing(problem = '') {
  return { problem, groups: [], more: null };
}

function make(tag, attributes = {}, ...parts) {
  const one = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) one.setAttribute(name, value);
  one.append(...parts);
  return one;
}

function icon(name) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(space, 'use');
  use.setAttribute('href', `/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** Opens it; open, it closes. `visited`: number and path of orders. */
export function toggle(visited) {
  if (!dialog) build();
  if (dialog.open) return dialog.close();
  [recent, actions] = [visited, actionsOfPage()];
  for (const hanging of document.querySelectorAll(':popover-open')) hanging.hidePopover();
  field.value = '';
  [found, active, moved, runsWhenFound] = [nothing(), 0, false, false];
  status.textContent = '';
  draw();
  // the browser gives the focus back when it closes
  dialog.showModal();
  field.focus();
  look(0);
}

function build() {
  field = make('input', {
    class: 'input', type: 'text', role: 'combobox', 'aria-label': 'Search everything', 'aria-controls': 'palette-list', 'aria-expanded': 'false',
    'aria-autocomplete': 'list', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', enterkeyhint: 'go', maxlength: '200',
    placeholder: 'Number, customer, SKU, page, or what to do',
  });
  list = make('div', { id: 'palette-list', role: 'listbox', 'aria-label': 'Hits', tabindex: '-1' });
  status = make('p', { class: 'palette-status', role: 'status' });
  const close = make('button', { type: 'button', class: 'button quiet', 'aria-label': 'Close' }, icon('x'));
  close.addEventListener('click', () => dialog.close());
  const keys = make('p', { class: 'palette-keys', 'aria-hidden': 'true' });
  for (const [key, what] of [['↑ ↓', 'choose'], ['Enter', 'go there'], ['Esc', 'close']]) keys.append(make('kbd', {}, key), ` ${what} `);
  dialog = make('dialog', { class: 'dialog palette', 'aria-label': 'Search everything' },
    make('div', { class: 'palette-field' }, icon('search'), field, close), list, make('footer', {}, status, keys));
  document.body.append(dialog);
  field.addEventListener('input', () => { [active, moved, runsWhenFound] = [0, false, false]; draw(); look(PAUSE); });
  field.addEventListener('keydown', press);
  // the field keeps the focus
  list.addEventListener('mousedown', (event) => event.preventDefault());
  list.addEventListener('mousemove', ({ target }) => {
    const at = options.findIndex(({ node }) => node.contains(target));
    if (at >= 0 && at !== active) choose(at, false);
  });
  list.addEventListener('click', (event) => {
    const at = options.findIndex(({ node }) => node.contains(event.target));
    if (at >= 0) run(at, event.ctrlKey || event.metaKey);
  });
  dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener('close', () => { turn += 1; clearTimeout(waiting); asking?.abort(); });
}

/** What can be done on this page and with the rows that are checked: its own links and buttons, by their words. */
function actionsOfPage() {
  const shown = '[data-action], .card-acts a, .actions a, .actions button, details.act > summary, .bulk button, .record form button';
  const inMain = [...document.querySelectorAll('main')].flatMap((main) => [...main.querySelectorAll(shown)]);
  const all = inMain.filter((one) => one.checkVisibility?.({ visibilityProperty: true }) ?? true);
  for (const opener of inMain.filter((one) => one.matches('.actions [popovertarget]'))) {
    const menu = document.getElementById(opener.getAttribute('popovertarget'));
    all.push(...(menu?.querySelectorAll('a.menu-item, button.menu-item') ?? []));
  }
  const mine = [...document.querySelectorAll('#me-menu button')];
  const seen = new Set();
  return [...all.map((node) => ({ node, isMine: false })), ...mine.map((node) => ({ node, isMine: true }))]
    .filter(({ node }) => !node.disabled && node.getAttribute('aria-disabled') !== 'true' && !node.matches('[popovertarget]'))
    .map((action) => ({ ...action, words: wordsOf(action.node) }))
    .filter(({ words }) => words && !seen.has(words) && seen.add(words));
}

/** As it is called, with what it belongs to. */
function wordsOf(node) {
  const clean = (text) => (text ?? '').replace(/\s+/g, ' ').trim();
  const copy = node.cloneNode(true);
  copy.querySelectorAll('kbd, svg').forEach((one) => one.remove());
  const words = clean(node.getAttribute('aria-label') ?? copy.textContent).slice(0, 80);
  const menu = node.closest('.menu.hanging');
  const bulk = node.closest('.bulk');
  const group = node.closest('#me-menu [role=group]');
  if (menu) return `${clean(document.querySelector(`[popovertarget="${menu.id}"]`)?.textContent)}: ${words}`;
  if (bulk) return `${words} (${clean(bulk.querySelector('[aria-live]')?.textContent)})`;
  return group ? `${group.getAttribute('aria-label')}: ${words}` : words;
}

/** Asks the server once typing pauses; an answer to a text that isn't there any more is thrown away. */
function look(pause) {
  turn += 1;
  const mine = turn;
  isBehind = true;
  clearTimeout(waiting);
  asking?.abort();
  waiting = setTimeout(async () => {
    asking = new AbortController();
    let problem = '';
    try {
      const answer = await fetch(`/search/hits?q=${encodeURIComponent(field.value.trim())}`, { signal: asking.signal });
      if (answer.ok) {
        const json = await answer.json();
        if (mine !== turn) return;
        found = json;
      } else {
        problem = answer.status === 401 ? 'You are signed out: load the page again.' : 'The search doesn’t answer just now. Try again.';
      }
    } catch {
      problem = 'The search can’t be reached. Try again.';
    }
    if (mine !== turn) return;
    if (problem) found = nothing(problem);
    isBehind = false;
    draw();
    tell();
    if (runsWhenFound) run(active, false);
  }, pause);
}

function tell() {
  // where there may be more is no hit
  const count = options.length - (found.more ? 1 : 0);
  const words = count === 0 ? 'Nothing found' : `${count} ${count === 1 ? 'hit' : 'hits'}`;
  status.textContent = found.problem ? `${found.problem} ${count ? words : ''}`.trim() : words;
}

/** The sections that fit what is typed: what is known here at once, what the server found when it has said so. */
function sections() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (text) => words.every((word) => text.toLowerCase().includes(word));
  const todo = actions.filter((action) => fits(action.words) && (words.length || !action.isMine)).slice(0, MOST_ACTIONS);
  const visited = recent.filter(([number]) => fits(number));
  return [
    { title: 'On this page', icon: 'chevron-right', hits: todo.map(({ words: title, node }) => ({ title, about: '', run: () => act(node) })) },
    { title: 'Opened last', icon: 'clock', hits: visited.map(([title, to]) => ({ title, about: '', to })) },
    ...found.groups,
    { title: 'More', icon: 'search', hits: found.more ? [found.more] : [] },
  ].filter(({ hits }) => hits.length);
}

function draw() {
  const before = options[active]?.key;
  options = [];
  const groups = sections().map((section, number) => {
    const title = make('div', { id: `palette-${number}`, class: 'palette-title', role: 'presentation' }, section.title);
    const hits = section.hits.map((hit) => {
      const at = options.length;
      const node = make('div', { id: `palette-hit-${at}`, class: 'palette-hit', role: 'option', 'aria-selected': 'false' },
        icon(section.icon), make('b', {}, hit.title), ' ', make('small', {}, hit.about));
      options.push({ key: `${section.title} ${hit.to ?? hit.title}`, node, to: hit.to, run: hit.run });
      return node;
    });
    return make('div', { role: 'group', 'aria-labelledby': title.id }, title, ...hits);
  });
  list.replaceChildren(...groups);
  list.hidden = options.length === 0;
  field.setAttribute('aria-expanded', String(options.length > 0));
  // who chose stays on what they chose
  const same = moved ? options.findIndex(({ key }) => key === before) : -1;
  // before anything is typed Enter does nothing: what a page can do comes first
  const first = field.value.trim() ? 0 : -1;
  choose(same < 0 ? first : same, true);
}

function choose(at, scrolls) {
  options[active]?.node.setAttribute('aria-selected', 'false');
  active = at;
  const node = options[at]?.node;
  if (!node) {
    list.scrollTop = 0;
    return field.removeAttribute('aria-activedescendant');
  }
  node.setAttribute('aria-selected', 'true');
  field.setAttribute('aria-activedescendant', node.id);
  if (scrolls) (at === 0 ? node.parentElement : node).scrollIntoView({ block: 'nearest' });
}

function press(event) {
  if (event.isComposing) return;
  const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 6, PageUp: -6 }[event.key];
  if (step && options.length) {
    event.preventDefault();
    moved = true;
    const last = options.length - 1;
    const at = active + step;
    // by one it goes round, by a page it ends at the end
    choose(Math.abs(step) === 1 ? (at < 0 ? last : at > last ? 0 : at) : Math.min(Math.max(at, 0), last), true);
  } else if (event.key === 'Enter') {
    event.preventDefault();
    // typed faster than the server answers: what it says first is meant
    if (isBehind && !moved) runsWhenFound = true;
    else run(active, event.ctrlKey || event.metaKey);
  }
}

function run(at, elsewhere) {
  runsWhenFound = false;
  const option = options[at];
  if (!option) return;
  if (option.to && elsewhere) {
    window.open(option.to, '_blank', 'noopener');
    return;
  }
  dialog.close();
  if (option.run) option.run(); else go(option.to);
}

/** By a link, so that the app takes it; before it is alive the browser does. */
function go(path) {
  const link = make('a', { href: path, hidden: '' });
  document.body.append(link);
  link.click();
  link.remove();
}

/** Does what a click does; a form that unfolds gets the focus. */
function act(node) {
  if (!node.isConnected) return;
  node.scrollIntoView({ block: 'nearest' });
  node.click();
  const form = node.closest('details.act');
  if (!form) node.focus();
  else if (form.open) (form.querySelector('input:not([type=hidden]), select, textarea, button') ?? node).focus();
}
