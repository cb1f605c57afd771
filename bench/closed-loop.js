/**
 * How many requests a second one process gets out of the client, before a sink that answers as fast
 * as it can: 64 connections, each sending its next order as soon as the last was answered. The work
 * is the same for all: a POST with a token of its user's, a key of its own and a JSON body; the JSON
 * answer is parsed. flashsim does it through its engine and records every attempt; autocannon through
 * `setupRequest`, and through `idReplacement`; `saturate` is autocannon as flashsim drives it;
 * `autocannon-static` does less (the same bytes every time, nothing parsed) and shows what bodies of
 * their own cost. Prints requests/s and CPU seconds per 100,000 requests, medians, and the ratios.
 * Goal: at least autocannon's requests/s, with a sink that is less than half busy.
 *
 * Usage: npm run bench:closed-loop -- [--rounds 5] [--seconds 4] [--connections 64] [tool …]
 * The sink is nginx when it is on PATH (a private process on a free port), else a node:net server.
 */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const self = new URL(import.meta.url);
const warmUpMs = 1_000;
const answerBody = '{"orderId":"o-1234567","status":"confirmed","remaining":41}';

/** The sink in Node: answers every read with a fixed 201. */
function runNodeSink() {
  const answer = Buffer.from(
    `HTTP/1.1 201 Created\r\nServer: sink\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${answerBody.length}\r\nConnection: keep-alive\r\nX-Instance: sink\r\n\r\n${answerBody}`,
  );
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', () => socket.write(answer));
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
    process.send?.(server.address().port);
  });
  process.on('disconnect', () => process.exit(0));
}

const runId = 'mf3k2x9a-4f2c';
/** What the clients send. */
const orders = {
  token: (connection) => `${String(connection).padStart(8, '0')}`.repeat(4),
  body: '{"productId":"sneaker-42","quantity":1}',
};

/** Counts answers, and tells when the time is up. */
function meter(seconds, stop) {
  const totals = { requests: 0, failed: 0 };
  let [from, cpu, startMs] = [{ ...totals }, process.cpuUsage(), performance.now()];
  setTimeout(() => {
    from = { ...totals };
    cpu = process.cpuUsage();
    startMs = performance.now();
  }, warmUpMs);
  setTimeout(
    () => {
      const elapsedS = (performance.now() - startMs) / 1000;
      const { user, system } = process.cpuUsage(cpu);
      const requests = totals.requests - from.requests;
      const cpuS = (user + system) / 1e6;
      process.send({
        rps: requests / elapsedS,
        cpuPer100k: (cpuS / requests) * 1e5,
        cpuShare: cpuS / elapsedS,
        rssMB: process.memoryUsage.rss() / 1e6,
        failed: totals.failed,
      });
      stop();
    },
    warmUpMs + seconds * 1000,
  );
  return totals;
}

async function runFlashsim({ port, connections, seconds }) {
  const { runClock, takeEpoch } = await import('../dist/core/clock.js');
  const { Requester } = await import('../dist/engine/requester.js');
  const { newRequest } = await import('../dist/engine/shopper.js');
  const { keyOf } = await import('../dist/history/attempt.js');
  const { AttemptStore } = await import('../dist/history/store.js');
  const { createReferenceProtocol } = await import('../dist/targets/reference-api.js');
  const { createConnector } = await import('../dist/transport/connector.js');
  const endpoint = { host: '127.0.0.1', port, tls: false };
  const now = runClock(takeEpoch());
  const protocol = createReferenceProtocol({ target: 'http', endpoint, basePath: '' });
  const connector = createConnector({ endpoint, now });
  const options = { now, protocol, connector, worker: 0, timeoutMs: 5_000 };
  const attempts = new AttemptStore();
  const requester = new Requester({ ...options, attempts });
  const devices = Array.from({ length: connections }, (_, index) => ({
    user: index,
    device: 0,
    userId: `u${index}`,
    deviceId: `u${index}-d0`,
    intent: index,
    connection: undefined,
    connectionNumber: -1,
    token: orders.token(index),
    instance: '',
    current: undefined,
    waiting: [],
  }));
  await Promise.all(devices.map((device) => requester.connect(device)));
  let [running, next] = [true, 0];
  const totals = meter(seconds, () => {
    running = false;
    requester.abort();
    requester.close();
    for (const { connection } of devices) connection?.close();
    process.disconnect();
  });
  const subject = { operation: 'order', attempt: 1, keyVariant: 0, product: 0, quantity: 1 };
  const send = (device) => {
    const intent = next;
    next += 1;
    const { userId, deviceId, token } = device;
    const key = keyOf(runId, intent, 0);
    const about = { userId, deviceId, token, productId: 'sneaker-42', quantity: 1, key };
    const bytes = protocol.request('order', about);
    requester.submit(device, newRequest({ ...subject, intent }, now(), bytes, settled));
  };
  const settled = (device, end) => {
    totals.requests += 1;
    if (end.outcome !== 'ok') totals.failed += 1;
    // Full chunks leave the process in a run.
    if (totals.requests % 10_000 === 0) attempts.takeChunks();
    if (running) send(device);
  };
  for (const device of devices) send(device);
}

async function runSaturate({ port, connections, seconds }) {
  const { runClock, takeEpoch } = await import('../dist/core/clock.js');
  const { keyOf } = await import('../dist/history/attempt.js');
  const { createReferenceProtocol } = await import('../dist/targets/reference-api.js');
  const { runClosedLoop } = await import('../dist/transport/saturation.js');
  const endpoint = { host: '127.0.0.1', port, tls: false };
  const protocol = createReferenceProtocol({ target: 'http', endpoint, basePath: '' });
  let next = 0;
  const totals = meter(seconds, () => process.exit(0));
  void runClosedLoop({
    endpoint,
    connections,
    warmUpMs: 0,
    measureMs: (seconds + 60) * 1000,
    timeoutMs: 5_000,
    latencyMaxMs: 500,
    now: runClock(takeEpoch()),
    next: () => {
      next += 1;
      const [token, key] = [orders.token(next % connections), keyOf(runId, next, 0)];
      const about = { userId: '', deviceId: '', token, productId: 'sneaker-42', quantity: 1, key };
      return protocol.request('order', about);
    },
    judge: (response) => {
      const { outcome, code } = protocol.classify('order', response);
      totals.requests += 1;
      if (outcome !== 'ok') totals.failed += 1;
      return { good: outcome === 'ok', code };
    },
  });
}

async function runAutocannon({ port, connections, seconds, tool }) {
  const { default: autocannon } = await import('autocannon');
  let next = 0;
  const count = (status) => {
    totals.requests += 1;
    if (status !== 201) totals.failed += 1;
  };
  const parse = (status, body) => {
    count(status);
    if (JSON.parse(body).orderId === undefined) totals.failed += 1;
  };
  const headers = (connection, key) => ({
    authorization: `Bearer ${orders.token(connection)}`,
    'idempotency-key': key,
    'content-type': 'application/json',
  });
  const order = { method: 'POST', path: '/orders' };
  const setupRequest = (request) => {
    next += 1;
    const own = headers(next % connections, `${runId}-${next}`);
    return { ...request, headers: own, body: orders.body };
  };
  const same = { ...order, headers: headers(0, '[<id>]'), body: orders.body };
  const work = {
    autocannon: { requests: [{ ...order, setupRequest, onResponse: parse }] },
    'autocannon-id': { idReplacement: true, requests: [{ ...same, onResponse: parse }] },
    'autocannon-static': { requests: [{ ...same, onResponse: count }] },
  };
  const url = `http://127.0.0.1:${port}`;
  const run = autocannon({ url, connections, duration: seconds + 60, ...work[tool] });
  const totals = meter(seconds, () => {
    run.stop();
    setTimeout(() => process.exit(0), 50);
  });
}

const tools = {
  flashsim: runFlashsim,
  autocannon: runAutocannon,
  'autocannon-id': runAutocannon,
  saturate: runSaturate,
  'autocannon-static': runAutocannon,
};

const nginxConfig = (folder, port) => `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log /dev/null;
events { worker_connections 20000; }
http {
  access_log off;
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
    location / { return 201 '${answerBody}'; }
  }
}`;

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
    const open = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(
        () => false,
        () => false,
      ),
    ]).catch(() => false);
    socket.destroy();
    if (open) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

async function startNginx(folder) {
  const port = await freePort();
  await writeFile(join(folder, 'nginx.conf'), nginxConfig(folder, port));
  const child = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], {
    stdio: 'ignore',
  });
  const started = await Promise.race([
    once(child, 'spawn').then(
      () => answering(port),
      () => false,
    ),
    once(child, 'error').then(() => false),
  ]);
  if (!started) return undefined;
  return { name: 'nginx', port, pid: child.pid, stop: () => child.kill('SIGQUIT') };
}

async function startSink(folder) {
  const nginx = await startNginx(folder);
  if (nginx !== undefined) return nginx;
  const child = fork(self, ['--sink']);
  const [port] = await once(child, 'message');
  return { name: 'node:net', port, pid: child.pid, stop: () => child.disconnect() };
}

/** CPU seconds of another process so far; undefined where the system does not tell. */
function cpuOf(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return undefined;
  }
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function measure(job, sink) {
  const before = cpuOf(sink.pid);
  const startMs = performance.now();
  const child = fork(self, ['--client', JSON.stringify(job)]);
  const [result] = await once(child, 'message');
  await once(child, 'exit');
  const wallS = (performance.now() - startMs) / 1000;
  const after = cpuOf(sink.pid);
  return { ...result, sinkShare: before === undefined ? undefined : (after - before) / wallS };
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '4' },
      connections: { type: 'string', default: '64' },
    },
  });
  const [rounds, seconds, connections] = [values.rounds, values.seconds, values.connections].map(
    Number,
  );
  const names = positionals.length > 0 ? positionals : Object.keys(tools);
  const folder = await mkdtemp(join(tmpdir(), 'flashsim-bench-closed-'));
  const sink = await startSink(folder);
  console.log(`sink ${sink.name}; ${connections} connections, ${seconds} s, ${rounds} rounds`);
  const results = Object.fromEntries(names.map((name) => [name, []]));
  try {
    for (let round = 0; round < rounds; round += 1) {
      // Nobody goes first each time.
      const order = names.map((_, index) => names[(index + round) % names.length]);
      for (const tool of order) {
        const result = await measure({ tool, port: sink.port, connections, seconds }, sink);
        results[tool].push(result);
        const share =
          result.sinkShare === undefined ? '' : `, sink ${(result.sinkShare * 100).toFixed(0)} %`;
        console.log(
          `round ${round + 1} ${tool.padEnd(14)} ${result.rps.toFixed(0).padStart(7)} requests/s, ` +
            `${result.cpuPer100k.toFixed(2)} CPU s per 100,000, client ${(result.cpuShare * 100).toFixed(0)} %${share}, ` +
            `${result.rssMB.toFixed(0)} MB, ${result.failed} failed`,
        );
      }
    }
  } finally {
    sink.stop();
    await rm(folder, { recursive: true, force: true });
  }
  const base = names[0];
  for (const tool of names) {
    const of = (field, from = tool) => median(results[from].map((result) => result[field]));
    console.log(
      `median  ${tool.padEnd(14)} ${of('rps').toFixed(0).padStart(7)} requests/s (${base} has ×${(of('rps', base) / of('rps')).toFixed(2)}), ` +
        `${of('cpuPer100k').toFixed(2)} CPU s per 100,000 (×${(of('cpuPer100k', base) / of('cpuPer100k')).toFixed(2)})`,
    );
  }
}

if (process.argv[2] === '--sink') runNodeSink();
else if (process.argv[2] === '--client') {
  const job = JSON.parse(process.argv[3]);
  await tools[job.tool](job);
} else await main();
