import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GatewayLimit } from '../../src/targets/reference/gateway/limit-settings.ts';
import type { ReferenceOptions } from '../../src/targets/reference/options.ts';
import { createReferenceTarget } from '../../src/targets/reference/target.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/targets/stores/embedded-postgres.ts';
import { findRedisServer } from '../../src/targets/stores/redis-server.ts';
import type { Endpoint, Target } from '../../src/targets/target.ts';
import { ensureProgram } from '../helpers/ensure-program.ts';
import { startOwnRedis } from '../helpers/own-redis.ts';
import { ReferenceClient, referenceOptions, saleContext } from './reference-fixture.ts';

let postgres: EmbeddedPostgres;
const targets: Target[] = [];
beforeAll(async () => {
  await ensureProgram({ find: findRedisServer, aptPackage: 'redis-server' });
  postgres = await startEmbeddedPostgres();
}, 400_000);
afterAll(async () => {
  await Promise.all(targets.map((target) => target.stop()));
  await postgres.stop();
});

/** A server of its own, whose sale is open, and somebody to talk to it. */
async function serverWith(more: Partial<ReferenceOptions>) {
  const options = referenceOptions(postgres.connection, { rateLimiter: undefined, ...more });
  const target = createReferenceTarget(options, saleContext);
  targets.push(target);
  const { endpoint } = await target.start();
  await target.openSale({ runId: 'run-1', opensAtMs: 0, closesAtMs: undefined });
  return { target, endpoint, client: new ReferenceClient(endpoint) };
}

async function logIn(client: ReferenceClient, userId: string, deviceId = `${userId}-d`) {
  const { status, body } = await client.send('POST', '/login', { body: { userId, deviceId } });
  expect(status).toBe(201);
  return { token: String(body['token']), refreshToken: String(body['refreshToken']) };
}

const page = '/products/sneaker';

describe('a server whose sessions, denylist and limits are in Redis', () => {
  const limit: GatewayLimit = {
    key: 'user',
    store: 'redis',
    failOpen: false,
    limiter: { algorithm: 'sliding-log', limit: 3, windowMs: 600_000 },
  };
  it('refuses what it should refuse, and takes no harm', async () => {
    const { client, target } = await serverWith({
      sessions: {
        maximumSessions: 2,
        onExceed: 'terminate-oldest',
        store: 'redis',
        tokens: { kind: 'jwt', ttlMs: 60_000, denylist: 'redis' },
        refresh: { ttlMs: 60_000, leewayMs: 0 },
      },
      rateLimiter: limit,
    });
    const { token, refreshToken } = await logIn(client, 'u1');
    const other = await logIn(client, 'u2');
    const statusOf = async (...request: Parameters<ReferenceClient['send']>): Promise<number> =>
      (await client.send(...request)).status;

    // An order is its user's, whoever else has a good token.
    const order = await client.send('POST', '/orders', {
      token,
      key: 'k1',
      body: { productId: 'sneaker', quantity: 1 },
    });
    expect(order.status).toBe(201);
    const path = `/orders/${String(order.body['orderId'])}`;
    expect(await statusOf('GET', path, { token })).toBe(200);
    expect(await statusOf('GET', path, { token: other.token })).toBe(404);
    expect(await statusOf('DELETE', path, { token: other.token })).toBe(404);

    const [head = '', claims = '', signature = ''] = token.split('.');
    const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
    const forged = [
      `${head}.${other.token.split('.')[1] ?? ''}.${signature}`,
      `${none}.${claims}.`,
      `${none}.${claims}.${signature}`,
      `${head}.${claims}.${signature.slice(0, -2)}`,
      'x'.repeat(1_000),
    ];
    for (const wrong of forged) expect(await statusOf('GET', page, { token: wrong })).toBe(401);

    const refresh = { body: { refreshToken } };
    const fresh = await client.send('POST', '/session/refresh', refresh);
    expect(fresh.status).toBe(201);
    expect(await statusOf('POST', '/session/refresh', refresh)).toBe(401);
    // A replay ends the session, with every token of it.
    expect(await statusOf('GET', page, { token: String(fresh.body['token']) })).toBe(401);

    expect(await statusOf('DELETE', '/session', { token: other.token })).toBe(204);
    expect(await statusOf('DELETE', '/session', { token: other.token })).toBe(401);
    expect(await statusOf('GET', page, { token: other.token })).toBe(401);

    const huge = `{"userId":"${'u'.repeat(10 * 2 ** 20)}","deviceId":"d"}`;
    // Fastify stops reading, so that the answer may be a reset.
    const refusal = await client.send('POST', '/login', { body: huge }).catch(() => undefined);
    expect(refusal === undefined || refusal.status === 413).toBe(true);
    for (const body of ['', '[]', '{"userId":1}', '{"userId":"a\\u0000","deviceId":"d"}', '{']) {
      expect(await statusOf('POST', '/login', { body })).toBe(400);
    }

    const third = await logIn(client, 'u3');
    const pages = await Promise.all(
      Array.from({ length: 8 }, () => client.send('GET', page, { token: third.token })),
    );
    const limited = pages.filter(({ status }) => status === 429);
    expect(limited).toHaveLength(5);
    expect(limited[0]?.headers).toMatchObject({
      'retry-after': '600',
      'ratelimit-policy': '"default";q=3;w=600',
      ratelimit: '"default";r=0;t=600',
    });
    expect((await target.truth())?.sessions).toMatchObject({ created: 3, alive: 1 });
  }, 60_000);

  it('lets requests through when Redis is gone and the limit fails open, and counts them', async () => {
    const own = await startOwnRedis();
    const { stores } = referenceOptions(postgres.connection);
    const { client, target } = await serverWith({
      stores: { ...stores, redis: own.url },
      rateLimiter: {
        ...limit,
        failOpen: true,
        limiter: { algorithm: 'spring-cloud-gateway', replenishRatePerS: 1, burstCapacity: 1 },
      },
    });
    const { token } = await logIn(client, 'u1');
    const first = await client.send('GET', page, { token });
    expect(first.headers).toMatchObject({
      'x-ratelimit-remaining': '0',
      'x-ratelimit-burst-capacity': '1',
    });
    await own.stop();
    const pages = await Promise.all(
      Array.from({ length: 6 }, () => client.send('GET', page, { token })),
    );
    for (const { status, headers } of pages) {
      expect(status).toBe(200);
      expect(headers['x-ratelimit-remaining']).toBe('-1');
    }
    expect((await target.truth())?.limiter?.failedOpen).toBe(6);
  }, 60_000);
});

/** A page from an address, or with one told; the status. */
function pageFrom(
  { host, port }: Endpoint,
  token: string,
  { localAddress, told }: { readonly localAddress?: string; readonly told?: string },
): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      host,
      port,
      path: page,
      agent: false,
      ...(localAddress === undefined ? {} : { localAddress }),
      headers: {
        authorization: `Bearer ${token}`,
        ...(told === undefined ? {} : { 'x-forwarded-for': told }),
      },
    });
    request.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    request.on('error', reject);
    request.end();
  });
}

describe('a limit by address', () => {
  const rateLimiter: GatewayLimit = {
    key: 'address',
    store: 'memory',
    failOpen: false,
    limiter: { algorithm: 'fixed-window', limit: 1, windowMs: 3_600_000 },
  };
  const processes = 1;

  it.runIf(process.platform === 'linux')(
    'counts each source address of loopback apart',
    async () => {
      const { client, endpoint } = await serverWith({ rateLimiter, processes });
      const { token } = await logIn(client, 'u1');
      const from = (localAddress: string) => pageFrom(endpoint, token, { localAddress });
      expect(await from('127.1.0.1')).toBe(200);
      expect(await from('127.1.0.1')).toBe(429);
      expect(await from('127.1.0.2')).toBe(200);
    },
  );

  it('believes X-Forwarded-For of a proxy that it trusts, and of nobody else', async () => {
    const trusting = await serverWith({ rateLimiter, processes, trustProxy: true });
    const { token } = await logIn(trusting.client, 'u1');
    const told = (address: string) => pageFrom(trusting.endpoint, token, { told: address });
    expect(await told('10.1.0.1')).toBe(200);
    expect(await told('10.1.0.1')).toBe(429);
    expect(await told('10.1.0.2')).toBe(200);

    const wary = await serverWith({ rateLimiter, processes });
    const session = await logIn(wary.client, 'u1');
    expect(await pageFrom(wary.endpoint, session.token, { told: '10.1.0.1' })).toBe(200);
    expect(await pageFrom(wary.endpoint, session.token, { told: '10.1.0.2' })).toBe(429);
  });
});
