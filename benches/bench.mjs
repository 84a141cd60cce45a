// What bench.sh calls once the database is there: looks at each page's statements in PostgreSQL's log, then runs wrk on
// the page and pgbench on its statements, and prints the report. Its settings come from bench.sh by the environment.
import { execFile, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { cases } from './cases.mjs';
import { report } from './report.mjs';
import { kindOf, parseLog, pgbenchScript, sorted } from './statements.mjs';

const { BINARY, SERVER, WORK, PG_BIN, STAFF_PASSWORD, PGDATABASE } = process.env;
const [duration, connections, warmup, clicks] =
  ['DURATION', 'CONNECTIONS', 'WARMUP', 'CLICKS'].map((name) => Number(process.env[name]));
const say = (text) => process.stderr.write(`${text}\n`);
const sleep = (ms) => new Promise((done) => { setTimeout(done, ms); });
const role = 'techally_staff', browserEncoding = 'gzip, deflate, br, zstd';

// ── programs ──────────────────────────────────────────────────────────────────────────────────────
const children = new Set();
function started(child) {
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(143));
process.once('exit', () => children.forEach((child) => child.kill('SIGTERM')));

/** Runs a program and gives what it says; a failure's error has it too. */
async function run(program, args, env = {}) {
  const promise = promisify(execFile)(program, args, { env: { ...process.env, ...env }, maxBuffer: 1 << 28 });
  started(promise.child);
  const { stdout, stderr } = await promise;
  return { stdout, stderr };
}

const sql = async (command) => (await run(`${PG_BIN}/psql`, ['-XqAt', '-v', 'ON_ERROR_STOP=1', '-c', command])).stdout;
const query = async (command) => JSON.parse((await sql(command)).trim() || 'null'); // SQL's NULL is no text at all

// ── the server ────────────────────────────────────────────────────────────────────────────────────
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const freePort = () => new Promise((done) => {
  const probe = createServer().listen(0, '127.0.0.1', () => { const { port } = probe.address(); probe.close(() => done(port)); });
});

/** One request: its status, headers, bytes as they came, and its text when they are text. */
function get(base, path, { encoding = 'identity', cookie, form, via = agent } = {}) {
  const body = form && new URLSearchParams(form).toString();
  const headers = {
    accept: 'text/html', 'accept-encoding': encoding, ...(cookie && { cookie }),
    ...(body && { origin: base, 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) }),
  };
  return new Promise((done, fail) => {
    const request = http.request(base + path, { method: body ? 'POST' : 'GET', headers, agent: via }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => {
        const all = Buffer.concat(parts);
        done({ status: answer.statusCode, headers: answer.headers, size: all.length, text: all.toString() });
      });
      answer.on('error', fail);
    });
    request.on('error', fail);
    request.end(body);
  });
}

const starts = [];
/** Starts a server and waits for its first page; notes how long that took. */
async function serve() {
  const port = await freePort(), base = `http://127.0.0.1:${port}`, log = openSync(`${WORK}/server.log`, 'a');
  const from = performance.now();
  const process_ = started(spawn(SERVER, ['serve'], {
    stdio: ['ignore', log, log], env: { ...process.env, LEPTOS_SITE_ADDR: `127.0.0.1:${port}`, PUBLIC_URL: base },
  }));
  closeSync(log);
  writeFileSync(`${WORK}/server.pid`, String(process_.pid));
  const ended = new Promise((done) => { process_.once('exit', done); });
  for (;;) {
    const answer = await get(base, '/login', { via: undefined }).catch(() => undefined);
    if (answer?.status === 200) break;
    if (process_.exitCode !== null || performance.now() - from > 30_000) throw new Error(`the server did not start: ${WORK}/server.log`);
    await sleep(2);
  }
  starts.push(performance.now() - from);
  const stop = async () => { process_.kill('SIGTERM'); await ended; rmSync(`${WORK}/server.pid`, { force: true }); };
  return { base, pid: process_.pid, stop };
}

async function signIn(base) {
  const answer = await get(base, '/login', { form: { email: 'admin@techally.test', password: 'techally-demo', next: '' } });
  if (answer.status !== 303) throw new Error(`admin can't sign in: ${answer.status}`);
  return answer.headers['set-cookie'].map((one) => one.split(';')[0]).join('; ');
}

async function page(base, path, cookie, encoding) {
  const answer = await get(base, path, { cookie, encoding });
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`);
  return answer;
}

/** Addresses of the orders that a list shows. */
const links = (html) => [...new Set([...html.matchAll(/href="(\/orders\/[0-9a-f-]{36}[^"]*)"/g)]
  .map((match) => match[1].replaceAll('&amp;', '&')))];

// ── what a page asks the database ─────────────────────────────────────────────────────────────────
const logSize = async () => {
  const [file, size] = (await sql("SELECT f, (pg_stat_file(f)).size FROM pg_current_logfile() AS f")).trim().split('|');
  return { file, size: Number(size) };
};

/** Opens each path of a case on a server that remembers nothing, and again when it does. */
async function views(one, cookie) {
  const { base, stop } = await serve();
  try {
    const windows = [];
    for (const path of one.paths) {
      for (let n = 0; n < 4; n++) {   // the first one, and three of which the quietest counts
        await sleep(15);
        const from = Date.now();
        await page(base, path, cookie);
        windows.push({ path, isFirst: n === 0, from, to: Date.now() });
      }
    }
    return windows;
  } finally {
    await stop();
  }
}

/** Adds to each case the statements of its first view and those of later ones; the log is read once for all. */
async function readStatements(list) {
  // as the worker's leader (src/server/worker.rs): the servers' own workers stay quiet meanwhile
  const leader = started(spawn(`${PG_BIN}/psql`, ['-XqAt'], { stdio: ['pipe', 'ignore', 'ignore'] }));
  leader.stdin.write('SELECT pg_advisory_lock(1952801640);\n');
  await sql(`ALTER ROLE ${role} IN DATABASE "${PGDATABASE}" SET log_statement = 'all'`);
  const before = await logSize();
  let cookie;
  const server = await serve();
  try {
    cookie = await signIn(server.base);
    for (const one of list.filter((other) => other.from)) {
      one.paths = links((await page(server.base, one.from, cookie)).text).slice(0, one.most);
    }
  } finally {
    await server.stop();
  }
  const noticed = [];
  for (const one of list) noticed.push({ one, windows: await views(one, cookie) });
  await sql(`ALTER ROLE ${role} IN DATABASE "${PGDATABASE}" RESET log_statement`);
  leader.stdin.end();
  await sleep(500);   // the log is written by a process of its own
  const after = await logSize();
  if (after.file !== before.file) throw new Error('the log began a new file, at midnight: run this again');
  const log = await sql(`SELECT pg_read_file('${after.file}', ${before.size}, ${after.size - before.size})`);
  // other databases log what is slow only: their processes never execute so many statements as are logged here
  const pids = new Set([...log.matchAll(/UTC \[(\d+)\] LOG:  (?:statement|execute )/g)].map((match) => Number(match[1])));
  const statements = parseLog(log, pids);
  const within = ({ from, to }) => sorted(statements.filter(({ at }) => at >= from && at <= to)).filter((s) => kindOf(s) !== 'worker');
  for (const { one, windows } of noticed) {
    one.first = within(windows[0]);
    one.later = one.paths.map((path) => windows.filter((window) => window.path === path && !window.isFirst).map(within)
      .reduce((least, next) => (next.length < least.length ? next : least)));
  }
  return cookie;
}

// ── load ──────────────────────────────────────────────────────────────────────────────────────────
async function wrk(base, one, cookie, clients, seconds) {
  await sleep(3_000);   // at its end wrk hangs up in the middle of answers, which a server may feel for a moment
  const paths = `${WORK}/paths`;
  writeFileSync(paths, `${one.paths.join('\n')}\n`);
  const { stdout: said } = await run('wrk', ['-t1', `-c${clients}`, `-d${seconds}s`, '--timeout', '10s', '-s', 'benches/wrk.lua', base],
    { WRK_PATHS: paths, WRK_COOKIE: cookie, WRK_ENCODING: one.encoding ?? browserEncoding });
  const json = /^JSON (.*)$/m.exec(said);
  if (!json) throw new Error(`wrk said: ${said}`);
  const figures = JSON.parse(json[1]);
  figures.errors = figures.refused + figures.late + figures.broken;
  return figures;
}

/**
 * Runs the statements of a case's pages as scripts of equal weight: transactions a second, or why there are none. Each
 * connection plans each statement five times before it may keep a plan, so the first seconds don't count.
 */
async function pgbench(one, number) {
  const name = `${String(number).padStart(2, '0')}-${one.name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;
  const args = ['-n', '-M', 'prepared', '-P1', `-c${connections}`, '-j1', `-T${3 * warmup + duration}`];
  one.later.forEach((statements, at) => {
    const { script, variables } = pgbenchScript(statements, `v${at}`);
    const file = `${WORK}/${name}-${at}.sql`;
    writeFileSync(file, script);
    args.push('-f', file, ...[...variables].flatMap(([variable, value]) => ['-D', `${variable}=${value}`]));
  });
  // to run it again by hand, with KEEP=1 or DB=: PGUSER, PGPASSWORD, PGHOST and PGPORT from .local/services.env, -r …
  const quoted = [`${PG_BIN}/pgbench`, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  writeFileSync(`${WORK}/${name}.sh`, `${quoted} "$@" ${PGDATABASE}\n`);
  try {
    const { stderr } = await run(`${PG_BIN}/pgbench`, args, { PGUSER: role, PGPASSWORD: STAFF_PASSWORD });
    const seconds = [...stderr.matchAll(/^progress: [\d.]+ s, ([\d.]+) tps/gm)].map((match) => Number(match[1])).slice(3 * warmup);
    return { tps: seconds.reduce((sum, next) => sum + next, 0) / seconds.length };
  } catch (error) {
    return { problem: (error.stderr ?? error.message).split('\n').filter((line) => /error|ERROR/.test(line))[0] ?? String(error) };
  }
}

const memory = (pid, field = 'VmRSS') => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
/** Processor time of processes, in ms. */
const cpu = (pids) => pids.reduce((sum, pid) => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
    return sum + (Number(fields[11]) + Number(fields[12])) * 10;   // in ticks of a hundredth of a second
  } catch {
    return sum;
  }
}, 0);

/** Everything about one page. */
async function measure(one, number, { base, pid }, cookie) {
  const sizes = { plain: [], packed: [], rows: [] };
  for (const path of one.paths) {
    const plain = await page(base, path, cookie);
    sizes.plain.push(plain.size);
    sizes.packed.push((await page(base, path, cookie, browserEncoding)).size);
    sizes.rows.push((plain.text.split(/<main\b/)[1]?.match(/<tr\b/g) ?? []).length - (one.isOrder ? 0 : 1));
  }
  const mean = (numbers) => numbers.reduce((sum, next) => sum + next, 0) / numbers.length;
  Object.assign(one, { plain: mean(sizes.plain), packed: mean(sizes.packed), rows: Math.max(0, mean(sizes.rows)) });
  await wrk(base, one, cookie, connections, warmup);
  one.alone = await wrk(base, one, cookie, 1, Math.max(1, Math.round(duration / 3)));
  const backends = await query(`SELECT coalesce(json_agg(pid), '[]') FROM pg_stat_activity WHERE datname = current_database() AND usename = '${role}'`);
  const before = { server: cpu([pid]), database: cpu(backends) };
  one.load = await wrk(base, one, cookie, connections, duration);
  one.load.server = (cpu([pid]) - before.server) / one.load.requests;
  one.load.database = (cpu(backends) - before.database) / one.load.requests;
  one.rate = one.load.requests / one.load.seconds;
  // answers that are shorter than the page: a page of an error, or of a session that has ended
  const expected = one.encoding === 'identity' ? one.plain : one.packed;
  if (one.load.bytes / one.load.requests < expected * 0.9) one.load.errors = one.load.short = one.load.requests;
  one.pgbench = await pgbench(one, number);
  say(`${one.name}: ${Math.round(one.rate)} pages/s, p99 ${one.load.p99} ms, ${one.load.errors} errors, pgbench ${Math.round(one.pgbench.tps ?? 0)}/s`);
}

// ── all of it ─────────────────────────────────────────────────────────────────────────────────────
const { orders, list: all } = await cases(query);
writeFileSync(`${WORK}/orders`, String(Number(orders.toPrecision(2))));
const wanted = new RegExp(process.env.CASES ?? '', 'i');
const list = all.filter((one) => wanted.test(one.name));
const busy = await query(`SELECT coalesce(json_agg(datname || ': ' || n), '[]') FROM (SELECT datname, count(*) AS n FROM pg_stat_activity
  WHERE state = 'active' AND datname <> current_database() AND backend_type LIKE '%client%' GROUP BY datname) o`);
const loadAverage = readFileSync('/proc/loadavg', 'utf8').split(' ').slice(0, 3).join(' ');
say('reading the statements of each page …');
const cookie = await readStatements(list);
const server = await serve();
const rss = { start: memory(server.pid), idle: 0, load: 0, most: 0, end: 0 };
await page(server.base, '/orders', cookie);
await sleep(1_000);
rss.idle = memory(server.pid);
const watching = setInterval(() => { rss.load = Math.max(rss.load, memory(server.pid)); }, 200);
for (const [number, one] of list.entries()) await measure(one, number, server, cookie);
clearInterval(watching);
await sleep(5_000);
rss.most = memory(server.pid, 'VmHWM');
rss.end = memory(server.pid);
let clicked;
if (clicks > 0) {
  say('clicking …');
  clicked = await run('node', ['benches/click.mjs'], { BASE_URL: server.base, COOKIE: cookie })
    .then(({ stdout }) => JSON.parse(stdout), (error) => ({ times: {}, failed: [(error.stderr || error.message).trim().split('\n')[0]] }));
}
await server.stop();
agent.destroy();
console.log(await report({ query, run, orders, list, rss, starts, clicked, busy, loadAverage, duration, connections, warmup, BINARY }));
