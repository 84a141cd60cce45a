// From folded stacks (stdin) to the shares of what the server does (stdout, Markdown) and to the same stacks without the
// frames that every request has (descriptor 3): those of layers, futures and the executor, which say nothing.
import { readFileSync, writeSync } from 'node:fs';

// The first that a stack has in it says what it is for.
const PARTS = [
  ['compressing', /zlib_rs|async_compression|flate2/],
  ['rows from PostgreSQL (sqlx)', /sqlx/],
  ['session, navigation', /sessions::|tower_sessions|redis|with_navigation/],
  ['the page’s data once more, as JSON for the browser', /AsyncDataStream|hydration_context|serde_json|Serialize/],
  ['the page’s data from rows', /techally::\w+::(api|list::service|service)/],
  ['making views', /techally::(list::page|ui::|app::|\w+::pages?::)/],
  ['drawing views (tachys)', /to_html|tachys/],
  ['state cloned and dropped', /AppState/],
  ['sockets, HTTP (hyper)', /hyper|writev|sys_|tcp_|sock_/],
  ['layers (axum, tower), tracing', /axum|tower|leptos|tracing/],
  ['executor, waking', /tokio|epoll|futex|schedule/],
];
const PLAIN = /^(<?(axum|tower|tower_http|tower_layer|futures_util|tokio|hyper|hyper_util|core|alloc|std|http_body_util|tracing|reactive_graph)::|<F as|<T as|<S as|start_thread|__clone|\[)|MapIntoResponse|Oneshot|RouteFuture|Future>::poll|call_once/;

const shares = new Map(PARTS.map(([name]) => [name, 0])), leaves = new Map([['allocator', 0], ['copying memory', 0]]);
let all = 0;
for (const line of readFileSync(0, 'utf8').split('\n')) {
  const at = line.lastIndexOf(' ');
  if (at < 0) continue;
  const stack = line.slice(0, at), count = Number(line.slice(at + 1)), frames = stack.split(';'), leaf = frames.at(-1);
  all += count;
  const part = PARTS.find(([, has]) => has.test(stack))?.[0] ?? 'other';
  shares.set(part, (shares.get(part) ?? 0) + count);
  if (/^_?mi_|malloc|^free$|realloc/.test(leaf)) leaves.set('allocator', leaves.get('allocator') + count);
  if (/memmove|memcpy/.test(leaf)) leaves.set('copying memory', leaves.get('copying memory') + count);
  const kept = frames.filter((frame, n) => n === 0 || n === frames.length - 1 || !PLAIN.test(frame));
  writeSync(3, `${kept.filter((frame, n) => frame !== kept[n - 1]).join(';')} ${count}\n`);
}
if (all === 0) throw new Error('no stacks: has perf seen the server?');
const table = (head, map) => [`| ${head} | % |`, '|---|--:|', ...[...map].sort((one, other) => other[1] - one[1])
  .map(([name, count]) => `| ${name} | ${((100 * count) / all).toFixed(1)} |`)].join('\n');
console.log(`# Where the time of GET ${process.argv[2]} goes\n\n${table('for what', shares)}\n\n${table('of it, in', leaves)}`);
