/**
 * How fast one process can open a sale: 10,000 warm connections, one prepared POST on each, all at
 * once. Prints the time from the first to the last write, and from the first write to the last
 * answer; goal for the former: a median below 250 ms.
 *
 * Usage: npm run build && node bench/opening-burst.js [connections] [rounds]
 * Needs a limit of open files above the number of connections, in each of the two processes.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { runClock, takeEpoch } from '../dist/core/clock.js';
import { createConnector } from '../dist/transport/connector.js';
import { checkConnectionBudget, readConnectionLimits } from '../dist/transport/open-files.js';

const sinkArgument = '--sink';

/** Answers every read with a fixed 201: as little work as a server can do. */
function runSink() {
  const body = '{"orderId":"o-1","status":"confirmed","remaining":41}';
  const answer = Buffer.from(
    `HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nX-Instance: sink\r\n` +
      `Connection: keep-alive\r\nKeep-Alive: timeout=72\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
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

function requestOf(device) {
  const body = JSON.stringify({ productId: 'sneaker-42', quantity: 1 });
  return Buffer.from(
    `POST /orders HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n` +
      `Authorization: Bearer ${String(device).padStart(64, '0')}\r\n` +
      `Idempotency-Key: 0198c0de-${String(device).padStart(8, '0')}\r\nX-Device-Id: u${device}-d0\r\n` +
      `Accept: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
}

/** One request on each connection; resolves when each has ended. */
function burst(connections, requests) {
  return new Promise((resolve) => {
    let [firstNs, lastNs, left, failed] = [Number.POSITIVE_INFINITY, 0, connections.length, 0];
    const settle = (atNs) => {
      left -= 1;
      if (left === 0) {
        const [writeMs, answerMs] = [(lastNs - firstNs) / 1e6, (atNs - firstNs) / 1e6];
        resolve({ writeMs, writeCpuMs, answerMs, failed });
      }
    };
    const handler = {
      onSent: (atNs) => {
        firstNs = Math.min(firstNs, atNs);
        lastNs = Math.max(lastNs, atNs);
      },
      onFirstByte: () => undefined,
      onResponse: (response, atNs) => {
        if (response.status !== 201) failed += 1;
        settle(atNs);
      },
      onFailure: (_kind, atNs) => {
        failed += 1;
        settle(atNs);
      },
    };
    const cpu = process.cpuUsage();
    for (const [index, connection] of connections.entries()) {
      connection.send(requests[index], handler);
    }
    // Tells the cost of the writes from the time that other processes took meanwhile.
    const writeCpuMs = cpuMsSince(cpu);
  });
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const cpuMsSince = (start) => {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
};

async function main() {
  const [count, rounds] = [Number(process.argv[2] ?? 10_000), Number(process.argv[3] ?? 5)];
  const [shortage] = checkConnectionBudget(
    { connections: count, processes: 1, serverProcesses: 1 },
    await readConnectionLimits(),
  );
  if (shortage !== undefined) throw new Error(`${shortage.what} Or ${shortage.remedy}.`);

  const sink = fork(new URL(import.meta.url), [sinkArgument]);
  const [port] = await once(sink, 'message');
  const now = runClock(takeEpoch());
  const connector = createConnector({ endpoint: { host: '127.0.0.1', port, tls: false }, now });

  const rssBefore = process.memoryUsage().rss;
  const startNs = now();
  const connections = await Promise.all(Array.from({ length: count }, () => connector.connect()));
  const connectMs = (now() - startNs) / 1e6;
  const rssKiB = (process.memoryUsage().rss - rssBefore) / 1024 / count;
  console.log(`${count} connections in ${connectMs.toFixed(0)} ms, ${rssKiB.toFixed(1)} KiB each`);

  const requests = connections.map((_, device) => requestOf(device));
  console.log(`${requests[0].length} bytes a request`);
  const results = [];
  for (let round = 1; round <= rounds; round += 1) {
    const cpu = process.cpuUsage();
    const result = await burst(connections, requests);
    results.push(result);
    const per100k = (cpuMsSince(cpu) / count) * 100;
    console.log(
      `round ${round}: writes ${result.writeMs.toFixed(1)} ms (CPU ${result.writeCpuMs.toFixed(1)} ms), answers ${result.answerMs.toFixed(1)} ms, ` +
        `${per100k.toFixed(2)} CPU s per 100,000, ${result.failed} failed`,
    );
  }
  console.log(`median: writes ${median(results.map(({ writeMs }) => writeMs)).toFixed(1)} ms`);
  for (const connection of connections) connection.close();
  sink.disconnect();
  if (results.some(({ failed }) => failed > 0)) process.exitCode = 1;
}

if (process.argv.includes(sinkArgument)) runSink();
else await main();
