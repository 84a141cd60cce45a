// The load of tools/soak.sh: people who read, write, sign in and hang up, and a look at the server's memory.
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

const { SERVER_PID: pid, BASE_URL: base } = process.env;
const minutes = Number(process.env.MINUTES), people = Number(process.env.PEOPLE ?? 16), pause = Number(process.env.PAUSE ?? 0);
const end = Date.now() + minutes * 60_000;
const figures = { pages: 0, posts: 0, hangups: 0, failed: [] };

const form = (path, fields, cookie, signal) => fetch(base + path, {
  method: 'POST', redirect: 'manual', signal,
  headers: { origin: base, 'content-type': 'application/x-www-form-urlencoded', ...(cookie && { cookie }) },
  body: new URLSearchParams(fields).toString(),
});

async function signIn(who) {
  const answer = await form('/login', { email: `${who}@techally.test`, password: 'techally-demo' });
  await answer.text();
  if (answer.status !== 303) throw new Error(`${who} can't sign in: ${answer.status}`);
  return answer.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ');
}

function fail(what) {
  if (figures.failed.push(what) === 1) console.error(what);
}

async function page(path, cookie) {
  const answer = await fetch(base + path, { headers: { cookie, accept: 'text/html' }, redirect: 'manual' });
  const text = await answer.text();
  figures.pages += 1;
  // the data of the page comes after its markup
  if (answer.status !== 200 || !text.includes('</html>') || !/<\/(html|script)>\s*$/.test(text.slice(-20))) fail(`${path}: ${answer.status}, ${text.length} bytes, ending in ${JSON.stringify(text.slice(-40))}`);
  return text;
}

// A request that is cut off somewhere in its middle.
function hangUp(cookie) {
  return new Promise((done) => {
    const { hostname, port } = new URL(base);
    const socket = connect(Number(port), hostname, () => {
      socket.write(`GET /orders HTTP/1.1\r\nhost: ${hostname}\r\ncookie: ${cookie}\r\n\r\n`);
      setTimeout(() => { socket.destroy(); figures.hangups += 1; done(); }, Math.random() * 10);
    });
    socket.on('error', done);
  });
}

async function person(who) {
  let cookie = await signIn(who);
  for (let n = 0; Date.now() < end; n++) {
    if (pause > 0) await new Promise((go) => { setTimeout(go, pause); });
    const list = await page(`/orders?limit=${[25, 50, 100][n % 3]}`, cookie);
    const ids = [...list.matchAll(/href="\/orders\/([0-9a-f-]{36})/g)].map((match) => match[1]);
    const id = ids[n % ids.length];
    await page(`/orders/${id}`, cookie);
    if (n % 5 === 0) await page('/', cookie);
    if (n % 20 === 0) await hangUp(cookie);
    if (n % 40 === 0) {
      const answer = await form(`/orders/${id}`, { note: `soak ${n}` }, cookie);
      await answer.text();
      figures.posts += 1;
      if (answer.status !== 303) fail(`a note: ${answer.status}`);
    }
    if (n % 1000 === 999) cookie = await signIn(who);
  }
}

const rss = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
const samples = [];
const sampling = setInterval(() => samples.push(rss()), 2_000);
await Promise.all(Array.from({ length: people }, (_, n) => person(['super', 'admin', 'support', 'warehouse'][n % 4])));
clearInterval(sampling);

// after the warm-up: the first fifth of the time; then the middles of the next and of the last fifth are compared
const fifth = Math.floor(samples.length / 5);
const middle = (part) => part.sort((a, b) => a - b)[Math.floor(part.length / 2)];
const early = middle(samples.slice(fifth, 2 * fifth)), late = middle(samples.slice(-fifth));
const metrics = await (await fetch(`${base}/metrics`, { headers: { authorization: 'Bearer soak' } })).text();
const figure = (name) => /\d+$/.exec(metrics.split('\n').find((line) => line.startsWith(name)) ?? '')?.[0];
console.log(`${minutes} minutes, ${people} people who pause ${pause} ms: ${figures.pages} pages (${Math.round(figures.pages / minutes / 60)}/s), `
  + `${figures.posts} posts, ${figures.hangups} hang-ups, ${figures.failed.length} failures`);
console.log(`memory: ${early.toFixed(1)} MB early, ${late.toFixed(1)} MB late, ${Math.max(...samples).toFixed(1)} MB at most; `
  + `panics ${figure('techally_panics_total')}, shed ${figure('techally_requests_shed_total')}`);
if (figures.failed.length > 0) throw new Error(`${figures.failed.length} answers were not as they should be; the first: ${figures.failed[0]}`);
if (late > early * 1.05 + 3) throw new Error('memory grows');
