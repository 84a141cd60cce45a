// usage: node tools/dev.mjs SERVER (from tools/run.sh dev)
// Runs the server; on a change of the sources builds again, restarts it and reloads the open pages.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';

const bin = process.argv[2];
const watched = ['src', 'style', 'public', 'migrations', '.sqlx', 'Cargo.toml', 'Cargo.lock', 'Leptos.toml'];
const [, host, port] = /^(.*):(\d+)$/.exec(process.env.LEPTOS_SITE_ADDR);
const reloadPort = Number(process.env.LEPTOS_RELOAD_PORT ?? 3001);
const env = { ...process.env, LEPTOS_WATCH: '1', LEPTOS_RELOAD_PORT: String(reloadPort) };
delete env.OWNER_URL;
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// What leptos' <AutoReload> connects to: the least of a WebSocket server that can say "reload".
const pages = new Set();
createServer().on('upgrade', (request, socket) => {
  const key = createHash('sha1').update(request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64');
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`);
  pages.add(socket);
  for (const end of ['close', 'end', 'error']) socket.on(end, () => { pages.delete(socket); socket.destroy(); });
  socket.resume();
}).on('error', (error) => { console.error(`no automatic reload: ${error.message}`); }).listen(reloadPort, '127.0.0.1');
function reload() {
  const text = Buffer.from('{"all":true}');
  for (const socket of pages) socket.write(Buffer.concat([Buffer.from([0x81, text.length]), text]));
}

// Looking at the times of a few hundred files takes 5 ms and, unlike fs.watch, misses nothing.
function newest() {
  let state = '';
  const look = (path) => {
    let entry;
    try { entry = statSync(path); } catch { return; }
    if (entry.isDirectory()) for (const name of readdirSync(path).sort()) look(`${path}/${name}`);
    else state += `${path} ${entry.mtimeMs} ${entry.size}\n`;
  };
  watched.forEach(look);
  return state;
}
const part = (state, folder) => state.split('\n').filter((line) => line.startsWith(folder)).join('\n');

function run(command, args, extra = {}) {
  return new Promise((done) => {
    spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...extra } }).on('exit', (code) => done(code === 0));
  });
}

let server;
async function stop() {
  if (!server || server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise((done) => server.once('exit', done));
  server.kill('SIGTERM');
  // open pages may keep a graceful stop waiting; the next build should not
  const timer = setTimeout(() => server.kill('SIGKILL'), 1000);
  await ended;
  clearTimeout(timer);
}
async function start() {
  server = spawn(bin, ['serve'], { stdio: 'inherit', env });
  const mine = server;
  const answers = () => new Promise((done) => {
    const socket = connect(Number(port), host, () => { socket.destroy(); done(true); }).on('error', () => done(false));
  });
  while (mine.exitCode === null && mine.signalCode === null && !(await answers())) await sleep(50);
}
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, async () => { await stop(); process.exit(0); });

let built = newest();
await start();
for (;;) {
  await sleep(200);
  let now = newest();
  if (now === built) continue;
  // an editor that saves several files, or git: wait until it is quiet
  for (let before; before !== now; now = newest()) { before = now; await sleep(100); }
  const from = Date.now();
  const migrations = part(now, 'migrations') !== part(built, 'migrations');
  built = now;
  if (!(await run('tools/build.sh', ['dev']))) { console.error('The last good build goes on.'); continue; }
  if (migrations && !(await run(bin, ['migrate'], { MIGRATION_DATABASE_URL: process.env.OWNER_URL }))) continue;
  await stop();
  await start();
  reload();
  console.error(`reloaded after ${((Date.now() - from) / 1000).toFixed(1)} s`);
}
