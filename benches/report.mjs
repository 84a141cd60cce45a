// The report of bench.mjs, in Markdown.
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { kindOf } from './statements.mjs';

// design, section 6
const BUDGET = { statements: 3, p99: 50, ratio: 0.5, rate: 2_000, rateAt: 100_000, plain: 200_000, packed: 30_000, rss: 100, start: 2_000 };

const number = (value, digits = 0) => (value === undefined || Number.isNaN(value) ? '–'
  : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits }));
const kB = (bytes) => number(bytes / 1000, 1);
const ms = (value) => number(value, value < 10 ? 1 : 0);
/** Bold where it is over its budget. */
const judged = (text, ok) => (ok ? text : `**${text}**`);
const cell = (text) => String(text).replaceAll('|', '\\|');

function table(heads, rows) {
  const align = heads.map((_, at) => (at === 0 || heads[at].startsWith(' ') ? '---' : '--:'));
  return [heads.map((head) => head.trim()), align, ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');
}

const quantile = (values, q) => [...values].sort((a, b) => a - b)[Math.max(0, Math.ceil(values.length * q) - 1)];
const count = (statements, kind) => statements.filter((one) => kindOf(one) === kind).length;
/** The path of a case whose page asks most. */
const longest = (one) => one.later.reduce((most, next) => (count(next, 'page') > count(most, 'page') ? next : most), []);
function errors({ load, alone }) {
  if (load.short) return '**other pages**';
  const kinds = { refused: '4xx or 5xx', late: 'over 10 s', broken: 'cut off' };
  const found = Object.keys(kinds).filter((kind) => load[kind] + alone[kind] > 0);
  return found.length === 0 ? '0' : `**${found.map((kind) => `${number(load[kind] + alone[kind])} ${kinds[kind]}`).join(', ')}**`;
}
const ratio = (one) => (one.pgbench.tps ? one.rate / one.pgbench.tps : undefined);

export async function report({ query, run, orders, list, rss, starts, clicked, busy, loadAverage, duration, connections, warmup, BINARY }) {
  const git = async (...args) => (await run('git', args).catch(() => ({ stdout: '' }))).stdout.trim();
  const commit = `${await git('rev-parse', '--short', 'HEAD')}${await git('status', '--porcelain') ? ' with uncommitted changes' : ''}`;
  const { version, size, settings } = await query(`SELECT json_build_object(
    'version', current_setting('server_version'), 'size', pg_size_pretty(pg_database_size(current_database())),
    'settings', (SELECT string_agg(name || ' ' || current_setting(name), ', ' ORDER BY name) FROM pg_settings WHERE name IN (
      'shared_buffers', 'effective_cache_size', 'work_mem', 'random_page_cost', 'jit', 'fsync', 'synchronous_commit',
      'max_parallel_workers_per_gather', 'plan_cache_mode', 'shared_preload_libraries', 'track_io_timing')))`);
  const counts = await query(`SELECT json_object_agg(relname, greatest(0, reltuples)::bigint) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relname IN ('users', 'products', 'reviews')`);
  const [cpu] = cpus();
  const out = [];
  const line = (...lines) => out.push(...lines, '');

  line(`# Pages under load at ${number(orders)} orders`);
  line(`${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC, commit ${commit}, server \`${BINARY}\`. `
    + `${cpus().length} × ${cpu.model.trim()}, ${number(totalmem() / 2 ** 30, 1)} GiB, Linux ${release()}; server, PostgreSQL and load generator share it. `
    + `Load average before: ${loadAverage}${busy.length ? `; **not a quiet machine**: statements running in ${busy.join(', ')}` : ''}.`);
  line(`PostgreSQL ${version}, ${size}: ${number(counts.users)} users, ${number(counts.products)} products, ${number(counts.reviews)} reviews. ${settings}.`);
  line(`Each page: ${warmup} s warm-up, then wrk for ${duration} s on ${connections} connections, compressed as a browser asks, `
    + `and pgbench -M prepared for ${duration} s (after ${3 * warmup} s for plans) on ${connections} connections with all that the page sends to PostgreSQL, session and BEGIN included. `
    + `“Alone” is one connection. CPU is processor time a page, of the server and of its PostgreSQL processes. Searches and orders have up to four values, in turn. Over a budget is **bold**.`);
  line('', table(['page', 'pages/s', 'p50 ms', 'p99 ms', 'alone p50', 'alone p99', 'errors', 'pgbench/s', 'pages : pgbench', 'CPU server ms', 'CPU PG ms'],
    list.map((one) => {
      const isTarget = one.name === 'orders' && orders >= BUDGET.rateAt * 0.9 && orders <= BUDGET.rateAt * 1.1;
      return [one.name, judged(number(one.rate), !isTarget || one.rate >= BUDGET.rate), ms(one.load.p50), ms(one.load.p99),
        ms(one.alone.p50), judged(ms(one.alone.p99), one.alone.p99 < BUDGET.p99), errors(one),
        one.pgbench.tps ? number(one.pgbench.tps) : 'failed', judged(number(ratio(one), 2), !(ratio(one) < BUDGET.ratio)),
        number(one.load.server, 2), number(one.load.database, 2)];
    })));
  for (const { name, pgbench: { problem } } of list) if (problem) line(`pgbench failed for “${name}”: ${problem}`);

  line('## Statements and bytes of a page');
  line('Statements of the page itself, beyond session, connection check and transactions; “first” when nothing is remembered from earlier views, such as counts. '
    + 'Round trips are all that is sent on a later view.');
  line(table(['page', 'statements', 'first', 'round trips', 'rows', 'kB plain', 'kB packed'], list.map((one) => {
    const later = longest(one), most = count(later, 'page'), first = count(one.first, 'page');
    return [one.name, judged(most, most <= BUDGET.statements), judged(first, first <= BUDGET.statements), later.length, number(one.rows),
      judged(kB(one.plain), one.plain <= BUDGET.plain), judged(kB(one.packed), one.packed <= BUDGET.packed)];
  })));
  line('<details><summary>The statements</summary>', '', 'Before them, on each page: the session’s; on each connection that is taken: a check. “First” are those of the first view alone.');
  for (const one of list) {
    const brief = ({ sql }) => {
      const text = sql.replace(/\s+/g, ' ').replace(/^SELECT (?!count).*? FROM /, 'SELECT … FROM ');
      return text.length > 180 ? `${text.slice(0, 180)} …` : text;
    };
    const mine = (statements) => statements.filter((statement) => ['page', 'transaction'].includes(kindOf(statement)));
    const later = mine(longest(one)), kept = new Set(later.map(({ sql }) => sql));
    const lines = later.map((statement) => `      ${brief(statement)}`)
      .concat(one.first.filter((statement) => kindOf(statement) === 'page' && !kept.has(statement.sql)).map((statement) => `first ${brief(statement)}`));
    line(`**${one.name}** \`${one.paths[0]}\``, '```', ...lines, '```');
  }
  line('</details>');

  line('## Server');
  line(table(['', 'measured', 'budget'], [
    ['start to first page, median ms', judged(number(quantile(starts, 0.5)), quantile(starts, 0.5) <= BUDGET.start), number(BUDGET.start)],
    [`start to first page, slowest of ${starts.length}, ms`, judged(number(Math.max(...starts)), Math.max(...starts) <= BUDGET.start), number(BUDGET.start)],
    ['memory when started, MiB', number(rss.start, 1), ''],
    ['memory after a page, idle, MiB', number(rss.idle, 1), ''],
    ['memory under load, at most, MiB', judged(number(rss.most, 1), rss.most <= BUDGET.rss), number(BUDGET.rss)],
    ['memory 5 s after the load, MiB', number(rss.end, 1), ''],
  ]));

  if (clicked) {
    line('## Clicks');
    line('In Chromium, server otherwise idle: from the mouse’s event to the first frame with the new heading or rows, in ms. The first click of a kind loads the page’s code.');
    line(table(['click', 'samples', 'first', 'p50', 'p95', 'most'], Object.entries(clicked.times).map(([kind, [first, ...others]]) =>
      [kind, others.length + 1, ms(first), ms(quantile(others, 0.5)), ms(quantile(others, 0.95)), others.length ? ms(Math.max(...others)) : '–'])));
    if (clicked.failed.length) line(`**${clicked.failed.length} rounds of clicks failed**, the first: ${clicked.failed[0]}`);
  }
  let loaded = '';
  try { loaded = readFileSync(`${process.env.WORK}/load.txt`, 'utf8').trim(); } catch { /* not loaded by us */ }
  if (loaded) line('<details><summary>Loading</summary>', '', '```', loaded, '```', '', '</details>');
  return out.join('\n').trimEnd();
}
