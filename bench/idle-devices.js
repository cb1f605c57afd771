/**
 * What a device costs that is connected, logged in and idle: resident memory of the client process
 * over 1,000 to 10,000 devices, each with a connection of its own, and over 60,000 sessions that share
 * a pool of connections. The figure is the slope between the smallest and the largest number, after a
 * garbage collection, so that what a process costs anyway is not in it. Goal: under 12 KB per device.
 *
 * Usage: npm run bench:idle -- [devices …]
 * Needs a limit of open files above the largest number, in each of the two processes. Linux.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const self = new URL(import.meta.url);
const defaultCounts = [1_000, 5_000, 10_000];
const pooled = { sessions: 60_000, connections: 15_000 };
const goalBytes = 12_000;

/** Answers every read with a session's token. */
function runSink() {
  const body = `{"token":"${'0123456789abcdef'.repeat(4)}"}`;
  const answer = Buffer.from(
    `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Instance: sink\r\n` +
      `Keep-Alive: timeout=72\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
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

/** Resident bytes of this process, without what files on disk back. */
function residentBytes() {
  const rollup = readFileSync('/proc/self/smaps_rollup', 'utf8');
  const kB = /^Anonymous:\s+(\d+) kB/m.exec(rollup)?.[1];
  return Number(kB) * 1024;
}

async function settled() {
  for (let round = 0; round < 4; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    globalThis.gc();
  }
}

/** Connects and logs in `sessions` devices, and tells what they cost. */
async function runClient({ port, sessions, connections }) {
  const { runClock, takeEpoch } = await import('../dist/core/clock.js');
  const { makePlan } = await import('../dist/engine/plan.js');
  const { Requester } = await import('../dist/engine/requester.js');
  const { makeDevices } = await import('../dist/engine/shopper.js');
  const { WarmUp } = await import('../dist/engine/warm-up.js');
  const { AttemptStore } = await import('../dist/history/store.js');
  const { scenarioSchema } = await import('../dist/scenarios/schema.js');
  const { createReferenceProtocol } = await import('../dist/targets/reference-api.js');
  const { ConnectionPool } = await import('../dist/transport/connection-pool.js');
  const { createConnector } = await import('../dist/transport/connector.js');
  const endpoint = { host: '127.0.0.1', port, tls: false };
  const now = runClock(takeEpoch());
  const protocol = createReferenceProtocol({ target: 'http', endpoint, basePath: '' });
  const connector = createConnector({ endpoint, now });
  const scenario = scenarioSchema.parse({
    name: 'idle',
    target: { http: { baseUrl: `http://127.0.0.1:${port}` } },
    sale: { products: [{ id: 'p', stock: 1 }] },
    workload: { users: sessions, arrivals: [{ type: 'herd' }] },
  });
  const { devices } = makeDevices(makePlan(scenario, 1, 0), { worker: 0, workers: 1 });
  const pool = connections === undefined ? undefined : new ConnectionPool(connector, connections);
  const attempts = new AttemptStore();
  const requester = new Requester({
    now,
    protocol,
    connector,
    pool,
    attempts,
    worker: 0,
    timeoutMs: 30_000,
  });
  const halted = new AbortController().signal;
  const warmUp = new WarmUp({ now, protocol, requester, pool, halted }, devices);
  await warmUp.logInAll();
  // The record of the logins leaves the process in a run.
  attempts.takeChunks(true);
  requester.close();
  await settled();
  const { connections: wanted, warmConnections } = warmUp.figures();
  process.send({ bytes: residentBytes(), connections: warmConnections, wanted });
  await once(process, 'message');
  process.exit(0);
}

async function measured(port, job) {
  const child = fork(self, ['--client', JSON.stringify({ port, ...job })], {
    execArgv: ['--expose-gc'],
  });
  const [told] = await once(child, 'message');
  child.send('done');
  await once(child, 'exit');
  if (told.connections !== told.wanted) {
    throw new Error(`only ${told.connections} of ${told.wanted} connections are open`);
  }
  return told;
}

/** Measures all, prints, and returns the bytes of a device. */
async function measureAll(port, counts) {
  const runs = [];
  for (const sessions of counts) {
    const { bytes } = await measured(port, { sessions });
    runs.push({ sessions, bytes });
    console.log(`${sessions} devices: ${(bytes / 1e6).toFixed(1)} MB`);
  }
  const [first, last] = [runs[0], runs.at(-1)];
  const each = (last.bytes - first.bytes) / (last.sessions - first.sessions);
  console.log(`an idle connected device: ${each.toFixed(0)} bytes (goal: under ${goalBytes})`);
  const { bytes, connections } = await measured(port, pooled);
  const session = (bytes - first.bytes) / (pooled.sessions - first.sessions);
  console.log(
    `${pooled.sessions} sessions over ${connections} pooled connections: ` +
      `${(bytes / 1e6).toFixed(1)} MB, ${session.toFixed(0)} bytes a session`,
  );
  return each;
}

async function main(counts) {
  const sink = fork(self, ['--sink']);
  const [port] = await once(sink, 'message');
  try {
    const each = await measureAll(port, counts);
    if (each >= goalBytes) process.exitCode = 1;
  } finally {
    sink.disconnect();
  }
}

if (process.argv[2] === '--sink') runSink();
else if (process.argv[2] === '--client') await runClient(JSON.parse(process.argv[3]));
else {
  const counts = process.argv.slice(2).map(Number);
  await main(counts.length > 1 ? counts : defaultCounts);
}
