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
