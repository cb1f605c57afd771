import { createServer as createHttpServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { nsPerMs } from '../../src/core/clock.ts';
import { Requester } from '../../src/engine/requester.ts';
import { type Device, newRequest } from '../../src/engine/shopper.ts';
import { WarmUp } from '../../src/engine/warm-up.ts';
import type { Attempt } from '../../src/history/attempt.ts';
import { createReferenceProtocol } from '../../src/targets/reference-api.ts';
import { ConnectionPool } from '../../src/transport/connection-pool.ts';
import { createConnector } from '../../src/transport/connector.ts';
import { idleDevices } from '../helpers/idle-devices.ts';
import { cleanUp, cleanups, now, portOf } from './transport-fixture.ts';

afterEach(cleanUp);

/** A server that takes `delayMs` for each request and counts what it sees. */
async function slowShop(delayMs: number) {
  const seen = { connections: 0, open: 0, openMost: 0, paths: [] as string[] };
  const server = createHttpServer((request, response) => {
    request.resume();
    seen.paths.push(request.url ?? '');
    seen.open += 1;
    seen.openMost = Math.max(seen.openMost, seen.open);
    setTimeout(() => {
      seen.open -= 1;
      response.writeHead(200, { 'x-instance': 'p1', 'content-type': 'application/json' });
      response.end(JSON.stringify({ token: 'come-in', orderId: 'o-1' }));
    }, delayMs);
  }).on('connection', () => {
    seen.connections += 1;
  });
  return { port: await portOf(server), seen };
}

function engineOn(port: number, size: number, timeoutMs = 5_000) {
  const endpoint = { host: '127.0.0.1', port, tls: false };
  const connector = createConnector({ endpoint, now });
  const pool = new ConnectionPool(connector, size);
  const attempts: Attempt[] = [];
  const protocol = createReferenceProtocol({ target: 'http', endpoint, basePath: '' });
  const requester = new Requester({
    now,
    protocol,
    connector,
    pool,
    attempts: { append: (attempt) => attempts.push(attempt) },
    worker: 0,
    timeoutMs,
  });
  cleanups.push(() => {
    requester.close();
    for (const { connection } of pool.leases()) connection.close();
  });
  const page = (device: Device, productId: string) =>
    new Promise<void>((resolve) => {
      const subject = { operation: 'page', attempt: 1, intent: -1 } as const;
      const about = { keyVariant: 0, product: 0, quantity: 1 };
      const bytes = protocol.request('page', { userId: '', deviceId: '', productId });
      requester.submit(
        device,
        newRequest({ ...subject, ...about }, now(), bytes, () => resolve()),
      );
    });
  return { attempts, page, pool, protocol, requester };
}

describe('devices that share a pool of connections', () => {
  it('are served first come, first served; what they wait shows as response time alone', async () => {
    const { port, seen } = await slowShop(20);
    const { attempts, page, requester } = engineOn(port, 3);
    await Promise.all(idleDevices(12).map((device, index) => page(device, `p${index}`)));
    expect(seen.connections).toBe(3);
    expect(seen.openMost).toBe(3);
    expect(seen.paths).toEqual(Array.from({ length: 12 }, (_, index) => `/products/p${index}`));
    expect(new Set(attempts.map(({ connection }) => connection))).toEqual(new Set([0, 1, 2]));
    const last = attempts.at(-1);
    if (last === undefined) throw new Error('twelve were sent');
    // Three before it on the same connection, 20 ms each; its own service is one.
    expect(last.sentNs - last.scheduledNs).toBeGreaterThanOrEqual(55 * nsPerMs);
    expect(last.doneNs - last.sentNs).toBeLessThan(last.doneNs - last.scheduledNs);
    const { count, totalNs, maxNs } = requester.poolWaits;
    // The first three found no connection open either.
    expect(count).toBe(12);
    expect(maxNs).toBeGreaterThanOrEqual(55 * nsPerMs);
    expect(totalNs).toBeGreaterThan(maxNs);
  });

  it('do not wait when one is free', async () => {
    const { port } = await slowShop(0);
    const { page, pool, requester } = engineOn(port, 2);
    await pool.openOne();
    await pool.openOne();
    const devices = idleDevices(2);
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(devices.map((device) => page(device, 'p')));
    }
    expect(requester.poolWaits.count).toBe(0);
  });

  it('give up waiting when their time is over, without an effect', async () => {
    const { port, seen } = await slowShop(400);
    const { attempts, page, pool, requester } = engineOn(port, 1, 120);
    await Promise.all(idleDevices(4).map((device, index) => page(device, `p${index}`)));
    const unsent = attempts.filter(({ sentNs }) => Number.isNaN(sentNs));
    expect(unsent.length).toBe(seen.paths.length === 1 ? 3 : 4 - seen.paths.length);
    for (const attempt of unsent)
      expect(attempt).toMatchObject({ outcome: 'fail', code: 'timeout' });
    expect(pool.waiting).toBe(0);
    expect(requester.inFlight).toBe(0);
  });

  it('have their connections warm before the opening, all of them', async () => {
    const { port, seen } = await slowShop(0);
    const { pool, protocol, requester } = engineOn(port, 7);
    const devices = idleDevices(20);
    const halted = new AbortController().signal;
    const warmUp = new WarmUp({ now, protocol, requester, pool, halted }, devices);
    await warmUp.logInAll();
    expect(devices.every(({ token }) => token === 'come-in')).toBe(true);
    expect(seen.connections).toBe(7);
    expect(warmUp.figures()).toEqual({
      connections: 7,
      warmConnections: 7,
      perInstance: { p1: expect.any(Number) as number },
    });
    const [first] = pool.leases();
    first?.connection.close();
    expect(warmUp.figures().warmConnections).toBe(6);
    await warmUp.mend(devices, now() + 1e9, now() + 1e9);
    expect(warmUp.figures().warmConnections).toBe(7);
  });
});
