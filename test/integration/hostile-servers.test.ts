import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { nsPerMs } from '../../src/core/clock.ts';
import { Requester } from '../../src/engine/requester.ts';
import { type Device, newRequest } from '../../src/engine/shopper.ts';
import type { Attempt } from '../../src/history/attempt.ts';
import type { Protocol } from '../../src/targets/target.ts';
import { ConnectionPool } from '../../src/transport/connection-pool.ts';
import { createConnector } from '../../src/transport/connector.ts';
import { behaviours, goodAnswer } from '../helpers/hostile-behaviours.ts';
import { idleDevices } from '../helpers/idle-devices.ts';
import { cleanUp, now, portOf } from './transport-fixture.ts';

afterEach(cleanUp);

const timeoutMs = 500;
const devicesMax = 6;
const orderBytes = Buffer.from('POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}');

const protocol: Protocol = {
  request: () => orderBytes,
  classify: (_, { status, body }) =>
    status === 201 && body.length > 0
      ? { outcome: 'ok', code: 'ok' }
      : { outcome: 'info', code: 'bad-response' },
};

interface LoadOptions {
  readonly pool?: number;
  readonly tls?: boolean;
  readonly bytes?: Buffer;
  /** Of each request; {@link timeoutMs} unless told. */
  readonly patienceMs?: number;
  /** Lets some time go by between connecting and sending. */
  readonly idleMs?: number;
}

/** Sends two requests on each device, as the engine does. Resolves once all have ended. */
async function load(port: number, options: LoadOptions = {}): Promise<Attempt[]> {
  const attempts: Attempt[] = [];
  const endpoint = { host: '127.0.0.1', port, tls: options.tls === true };
  const connector = createConnector({ endpoint, now, connectTimeoutMs: 5_000 });
  const pool = options.pool === undefined ? undefined : new ConnectionPool(connector, options.pool);
  const requester = new Requester({
    now,
    protocol,
    connector,
    pool,
    attempts: { append: (attempt) => attempts.push(attempt) },
    worker: 0,
    timeoutMs: options.patienceMs ?? timeoutMs,
  });
  const all = idleDevices(devicesMax, 'token');
  if (options.idleMs !== undefined) {
    await Promise.all(all.map((device) => requester.connect(device)));
    await new Promise((resolve) => setTimeout(resolve, options.idleMs));
  }
  await Promise.all(all.flatMap((device) => [1, 2].map((attempt) => sent(attempt, device))));
  expect(requester.inFlight).toBe(0);
  requester.abort();
  requester.close();
  connector.abort();
  for (const device of all) device.connection?.close();
  for (const { connection } of pool?.leases() ?? []) connection.close();
  return attempts;

  function sent(attempt: number, device: Device): Promise<void> {
    const about = { intent: device.user, keyVariant: 0, product: 0, quantity: 1 };
    const bytes = options.bytes ?? orderBytes;
    return new Promise((resolve) => {
      const subject = { operation: 'order', attempt, ...about } as const;
      requester.submit(
        device,
        newRequest(subject, now(), bytes, () => resolve()),
      );
    });
  }
}

/** A server that reads a request and then behaves. */
function serve(act: (socket: Socket, answer: string) => void): Promise<number> {
  return portOf(
    createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => act(socket, goodAnswer()));
    }),
  );
}

function codesOf(attempts: readonly Attempt[]): string[] {
  return [...new Set(attempts.map(({ code }) => code))].sort();
}

/** Sockets and timers of this process. */
function resources(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((name) => /^(?:TCPSocketWrap|TLSWrap|Timeout)$/.test(name))
    .sort();
}

/** Waits until what a test has opened is closed; the test's own time is the limit. */
async function settledTo(before: readonly string[]): Promise<void> {
  while (resources().length > before.length) await new Promise((resolve) => setImmediate(resolve));
}

const outcomeOf = { ok: 'ok', timeout: 'info', reset: 'info', 'bad-response': 'info' } as const;

describe.each<readonly [string, LoadOptions]>([
  ['a connection per device', {}],
  ['a pool', { pool: 3 }],
])('the engine on %s, before a server that', (_, options) => {
  it.each(Object.entries(behaviours))('%s', async (_title, { act, end }) => {
    const before = resources();
    const startNs = now();
    const port = await serve(act);
    // Megabytes have to arrive before the size cap is reached, also on a busy machine.
    const patienceMs = end === 'bad-response' ? 10 * timeoutMs : timeoutMs;
    const attempts = await load(port, { ...options, patienceMs });
    expect(attempts).toHaveLength(2 * devicesMax);
    const sent = attempts.filter(({ sentNs }) => !Number.isNaN(sentNs));
    // In a pool, those that waited for the whole time were never sent.
    expect(codesOf(sent)).toEqual([end]);
    if (options.pool === undefined) expect(sent).toHaveLength(attempts.length);
    for (const attempt of sent) expect(attempt.outcome).toBe(outcomeOf[end]);
    for (const attempt of attempts.filter(({ sentNs }) => Number.isNaN(sentNs))) {
      expect(attempt).toMatchObject({ outcome: 'fail', code: 'timeout' });
    }
    expect(now() - startNs).toBeLessThan(20 * timeoutMs * nsPerMs);
    cleanUp();
    await settledTo(before);
  });
});

describe('the engine before a server that', () => {
  it('breaks every connection off as soon as it is made', async () => {
    const port = await portOf(createServer((socket) => socket.resetAndDestroy()));
    const attempts = await load(port);
    expect(attempts).toHaveLength(2 * devicesMax);
    for (const { code, outcome, sentNs } of attempts) {
      // Whether the break was noticed before the first byte left is a race; both ends are right.
      expect(['connect-failed', 'reset']).toContain(code);
      expect(outcome).toBe(Number.isNaN(sentNs) ? 'fail' : 'info');
    }
  });

  it('answers before it was asked: no idle connection keeps the answer for later', async () => {
    let connections = 0;
    const port = await portOf(
      createServer((socket) => {
        socket.on('error', () => undefined);
        connections += 1;
        if (connections <= devicesMax) socket.write(goodAnswer());
        else socket.on('data', () => socket.write(goodAnswer()));
      }),
    );
    const attempts = await load(port, { idleMs: 50 });
    expect(codesOf(attempts)).toEqual(['ok']);
    // Each device went to a new connection, where its own answer came.
    expect(connections).toBe(2 * devicesMax);
  });

  it('accepts and never reads: a request that fills the buffers ends with its time', async () => {
    const sockets: Socket[] = [];
    const port = await portOf(createServer((socket) => sockets.push(socket.pause())));
    const before = resources();
    const head = 'POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 16777216\r\n\r\n';
    const bytes = Buffer.concat([Buffer.from(head), Buffer.alloc(16 * 1024 * 1024)]);
    const attempts = await load(port, { bytes });
    expect(attempts).toHaveLength(2 * devicesMax);
    expect(codesOf(attempts)).toEqual(['timeout']);
    expect(attempts.every(({ outcome }) => outcome === 'info')).toBe(true);
    for (const socket of sockets) socket.destroy();
    await settledTo(before);
  });

  // The client is of this process: whatever the time, it reads before an immediate of a timer is run.
  const later = (act: () => void): void => void setTimeout(() => setImmediate(act), 20);
  it.each([
    ['after it', later],
    ['with it', (act: () => void): void => act()],
  ])('resets %s: a body that ends with the connection is not whole then', async (_, when) => {
    // A socket that is closed with bytes unread is reset (RFC 1122 §4.2.2.13).
    const port = await portOf(
      createServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => {
          socket.pause();
          const answer = 'HTTP/1.1 201 Created\r\n\r\n{"orderId":"o-1"}';
          socket.write(answer, () => when(() => socket.destroy()));
        });
      }),
    );
    const head = 'POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 8388608\r\n\r\n';
    const bytes = Buffer.concat([Buffer.from(head), Buffer.alloc(8 * 1024 * 1024)]);
    const attempts = await load(port, { bytes });
    expect(codesOf(attempts)).toEqual(['reset']);
    if (when === later) {
      expect(attempts.every(({ firstByteNs }) => !Number.isNaN(firstByteNs))).toBe(true);
    }
  });

  it('accepts and never begins TLS', async () => {
    const port = await portOf(createServer((socket) => void socket.on('error', () => undefined)));
    const attempts = await load(port, { tls: true });
    expect(codesOf(attempts)).toEqual(['timeout']);
    expect(
      attempts.every(({ outcome, sentNs }) => outcome === 'fail' && Number.isNaN(sentNs)),
    ).toBe(true);
  });

  it('has a certificate that nobody trusts', async () => {
    const { testCertificate } = await import('./transport-certificate.ts');
    const port = await portOf(createTlsServer({ ...testCertificate }, () => undefined));
    const attempts = await load(port, { tls: true });
    expect(codesOf(attempts)).toEqual(['connect-failed']);
  });

  it('does not listen', async () => {
    const server = createServer();
    const port = await portOf(server);
    await new Promise((resolve) => server.close(resolve));
    const attempts = await load(port);
    expect(attempts).toHaveLength(2 * devicesMax);
    expect(codesOf(attempts)).toEqual(['connect-failed']);
    expect(codesOf(await load(port, { pool: 3 }))).toEqual(['connect-failed']);
  });
});

describe('the memory of the engine', () => {
  it('stays small before servers that send without end', async () => {
    let written = 0;
    const floods = ['sends a head of 100 MB', 'sends an endless body until it closes'];
    const before = process.memoryUsage();
    for (const name of floods) {
      const sockets: Socket[] = [];
      const port = await serve((socket) => {
        sockets.push(socket);
        behaviours[name]?.act(socket, '');
      });
      await load(port);
      written += sockets.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0);
    }
    // 12 requests to each: what the system buffers, and no more than a body may have.
    expect(written).toBeLessThan(24 * 16 * 1024 * 1024);
    const after = process.memoryUsage();
    expect(after.external - before.external).toBeLessThan(64 * 1024 * 1024);
    expect(after.heapUsed - before.heapUsed).toBeLessThan(64 * 1024 * 1024);
  });
});
