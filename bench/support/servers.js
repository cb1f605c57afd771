import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What every server here answers to an order. */
export const orderAnswer = '{"orderId":"o-1234567","status":"confirmed","remaining":41}';
/** And to a login. */
const loginAnswer = `{"token":"${'0123456789abcdef'.repeat(4)}"}`;

const soldOutAnswer = '{"code":"sold-out"}';

/** One order in twenty is sold, as in a sale that is asked for far more than it has. */
const nginxConfig = (folder, port, mixed) => `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log /dev/null;
worker_rlimit_nofile 40000;
events { worker_connections 20000; }
http {
  access_log off;
  split_clients "$request_id" $sold { 5% yes; * no; }
  keepalive_requests 1000000000;
  keepalive_timeout 75s;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    default_type application/json;
    add_header X-Instance nginx always;
    location = /status { stub_status; }
    location = /login { return 200 '${loginAnswer}'; }
    location / {
      ${mixed ? `if ($sold = no) { return 409 '${soldOutAnswer}'; }` : ''}
      return 201 '${orderAnswer}';
    }
  }
}`;

/** A port that was free a moment ago. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function answering(port) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const socket = connect(port, '127.0.0.1');
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (open) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

/** A private nginx that answers as fast as it can; undefined when it is not on PATH. */
async function startNginx(mixed) {
  const folder = await mkdtemp(join(tmpdir(), 'flashsim-bench-nginx-'));
  const port = await freePort();
  await writeFile(join(folder, 'nginx.conf'), nginxConfig(folder, port, mixed));
  const child = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], {
    stdio: 'ignore',
  });
  const started = await once(child, 'spawn').then(
    () => answering(port),
    () => false,
  );
  const stop = async () => {
    const ended = child.exitCode === null && started ? once(child, 'exit') : undefined;
    child.kill('SIGQUIT');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  /** The request that asks is one of them, each time. */
  const requests = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/status`);
    return Number((await answer.text()).split('\n')[2].trim().split(/\s+/)[2]);
  };
  if (started) return { name: 'nginx', port, pid: child.pid, requests, stop };
  await stop();
  return undefined;
}

/** A server of this file in a process of its own. */
async function startNode(kind, settings = {}) {
  const child = fork(new URL('node-server.js', import.meta.url), [kind, JSON.stringify(settings)]);
  const [port] = await once(child, 'message');
  const ask = async (question) => {
    child.send(question);
    const [answer] = await once(child, 'message');
    return answer;
  };
  const stop = async () => {
    const ended = once(child, 'exit');
    child.disconnect();
    await ended;
  };
  const requests = () => ask('requests');
  return { name: 'node:net', port, pid: child.pid, ask, requests, stop };
}

/**
 * The quickest server there is: nginx when it is on PATH, else one in Node. It sells to everybody; with
 * `mixed` nginx has sold out for 19 of 20.
 */
export async function startSink(mixed = false) {
  return (await startNginx(mixed)) ?? startNode('sink');
}

/**
 * A server that takes `delayMs` for every order and records its own durations: from the last byte of
 * the request to the first of the answer. `ask('durations')` tells them, in µs, and forgets them. With
 * `stall: { atMs, forMs }` it stands still for that long, once, that long after the first order;
 * `ask('stall')` tells from when to when, as `process.hrtime()` has it.
 */
export function startKnownServer(settings) {
  return startNode('known', settings);
}
