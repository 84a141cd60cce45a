// Ctrl or ⌘ with K, and the link to /search in the head of every page, open the palette; its code is loaded when it is first
// wanted. Here also: which orders were opened last, kept in this browser for who opened them until they sign out.
(() => {
  const PREFIX = 'techally-recent-';
  const MOST = 8;
  const key = PREFIX + document.documentElement.dataset.me;
  const isApple = /Mac|iPhone|iPad/.test(navigator.platform);

  // a browser that keeps nothing has nothing
  const recent = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(key)) ?? [];
      return kept.filter(([number, path]) => /^TA-\d+$/.test(number) && /^\/orders\/[0-9a-f-]{36}$/.test(path));
    } catch { return []; }
  };
  // the number and the address, nothing of a person
  let isLeaving = false;
  const note = () => {
    if (isLeaving) return;
    const path = location.pathname;
    const number = document.querySelector('main h1')?.textContent.trim() ?? '';
    // title and address change one after the other: the page's own links say which order it shows
    if (!/^TA-\d+$/.test(number) || !/^\/orders\/[0-9a-f-]{36}$/.test(path) || !document.querySelector(`main a[href^="${path}"]`)) return;
    const others = recent().filter(([, other]) => other !== path);
    try { localStorage.setItem(key, JSON.stringify([[number, path], ...others].slice(0, MOST))); } catch { /* full or forbidden */ }
  };
  let soon;
  const arrived = () => { clearTimeout(soon); soon = setTimeout(note, 300); };
  new MutationObserver(arrived).observe(document.head, { childList: true, subtree: true, characterData: true });
  arrived();
  // left before that
  addEventListener('pagehide', note);
  addEventListener('submit', ({ target }) => {
    if (target.getAttribute('action') !== '/logout') return;
    isLeaving = true;
    try {
      Object.keys(localStorage).filter((name) => name.startsWith(PREFIX)).forEach((name) => localStorage.removeItem(name));
    } catch { /* nothing was kept */ }
  }, true);

  let code;
  const open = async () => {
    code ??= import('/palette-dialog.js');
    try {
      (await code).toggle(recent());
    } catch {
      code = undefined;
      location.assign('/search');
    }
  };
  addEventListener('keydown', (event) => {
    const { key: letter, altKey, shiftKey, isComposing, repeat } = event;
    const asked = isApple ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
    if (!asked || altKey || shiftKey || isComposing || letter.toLowerCase() !== 'k') return;
    event.preventDefault();
    // over another dialog it would offer what can't be done there
    if (!repeat && !document.querySelector('dialog:modal:not(.palette)')) open();
  });
  addEventListener('click', (event) => {
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!plain || !event.target.closest?.('.top .seek')) return;
    event.preventDefault();
    open();
  }, true);
  if (isApple) {
    const keys = document.querySelector('.top .seek kbd')?.firstChild;
    if (keys) keys.data = '⌘ K';
  }
})();
