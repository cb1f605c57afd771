import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReferenceOptions } from '../../src/targets/reference/options.ts';
import { createReferenceTarget } from '../../src/targets/reference/target.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/targets/stores/embedded-postgres.ts';
import { openRedis } from '../../src/targets/stores/redis.ts';
import { findRedisServer } from '../../src/targets/stores/redis-server.ts';
import type { Target } from '../../src/targets/target.ts';
import { ensureMysql } from '../helpers/ensure-mysql.ts';
import { ensureProgram } from '../helpers/ensure-program.ts';
import { startOwnRedis } from '../helpers/own-redis.ts';
import {
  saleContext as context,
  isRunning,
  never,
  ReferenceClient,
  referenceOptions,
  until,
} from './reference-fixture.ts';

let postgres: EmbeddedPostgres;

beforeAll(async () => {
  await ensureProgram({ find: findRedisServer, aptPackage: 'redis-server' });
  await ensureMysql();
  postgres = await startEmbeddedPostgres();
});

afterAll(async () => {
  await postgres.stop();
});

interface Shop {
  readonly target: Target;
  readonly client: ReferenceClient;
  readonly token: string;
}

/** Runs `visit` on an open sale of two server processes, and ends it. */
async function inShop(
  more: Partial<ReferenceOptions>,
  visit: (shop: Shop) => Promise<void>,
): Promise<void> {
  const options = referenceOptions(postgres.connection, { rateLimiter: undefined, ...more });
  const target = createReferenceTarget(options, context);
  try {
    const { endpoint } = await target.start();
    await target.openSale({ runId: 'run-1', opensAtMs: Date.now(), closesAtMs: undefined });
    const client = new ReferenceClient(endpoint);
    await visit({ target, client, token: await client.logIn('shopper') });
  } finally {
    await target.stop();
  }
}

const statusOf = ({ client, token }: Shop, key: string): Promise<number | 'lost'> =>
  client.order(token, key).then(
    ({ status }) => status,
    () => 'lost',
  );

describe('a pause of the order server', () => {
  it('stops one process, the other works on, and what it was asked is answered afterwards', async () => {
    await inShop({}, async (shop) => {
      const paused = { kind: 'pause', service: 'order-server', durationMs: 500 } as const;
      const startMs = performance.now();
      expect(await shop.target.inject(paused, never)).toMatchObject({
        fired: true,
        detail: expect.stringMatching(/^paused server process \d \(pid \d+\)$/) as string,
      });
      const answers = ['a', 'b', 'c', 'd'].map(async (key) => {
        const status = await statusOf(shop, key);
        return { status, afterMs: performance.now() - startMs };
      });
      const ends = await Promise.all(answers);
      expect(ends.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
      const late = ends.filter(({ afterMs }) => afterMs >= 500);
      expect(late.length).toBeGreaterThan(0);
      expect(late.length).toBeLessThan(4);
      expect(shop.target.incidents()).toEqual([]);
    });
  });

  it('ends when the sale is over, and is refused while every process is paused', async () => {
    await inShop({ processes: 1 }, async (shop) => {
      const over = new AbortController();
      const paused = { kind: 'pause', service: 'order-server', durationMs: 600_000 } as const;
      expect((await shop.target.inject(paused, over.signal)).fired).toBe(true);
      expect(await shop.target.inject(paused, over.signal)).toEqual({
        fired: false,
        detail: 'no server process was up',
      });
      over.abort();
      expect(await shop.target.inFlight()).toBe(0);
      expect(await statusOf(shop, 'k')).toBe(201);
    });
  });
});

describe('a kill of PostgreSQL', () => {
  it('is survived by every server process, and loses no order that was acknowledged', async () => {
    await inShop({ stores: { postgres: undefined } }, async (shop) => {
      const { target } = shop;
      const statuses = ['a', 'b', 'c'].map((key) => statusOf(shop, key));
      expect(await Promise.all(statuses)).toEqual([201, 201, 201]);
      const before = target.processIds();
      const kill = { kind: 'kill', service: 'postgres' } as const;
      const killed = target.inject(kill, never);
      const during = await Promise.all(['d', 'e'].map((key) => statusOf(shop, key)));
      for (const status of during) expect([201, 500]).toContain(status);
      expect(await killed).toMatchObject({
        fired: true,
        detail: expect.stringMatching(/^killed, and back after \d+ ms$/) as string,
      });
      const after = target.processIds();
      // The primary and its two processes are what they were; the database is another one.
      expect(after.slice(0, 3)).toEqual(before.slice(0, 3));
      expect(after[3]).not.toBe(before[3]);
      expect(isRunning(before[3] ?? 0)).toBe(false);
      // Each process may find out by one request that its connections are gone.
      await until(async () => (await statusOf(shop, 'f')) === 201);
      await until(async () => (await statusOf(shop, 'g')) === 201);
      const keys = (await target.truth())?.orders.map(({ key }) => key) ?? [];
      expect(keys).toEqual(expect.arrayContaining(['a', 'b', 'c', 'f', 'g']));
      expect(target.incidents()).toEqual([]);
    });
  });

  it('that is the user’s own does not fire', async () => {
    await inShop({}, async ({ target }) => {
      const kill = { kind: 'kill', service: 'postgres' } as const;
      expect(await target.inject(kill, never)).toEqual({
        fired: false,
        detail: 'this PostgreSQL is not flashsim’s own to kill: the scenario gives its URL',
      });
    });
  });

  it('may meet the end of the run, and nothing is left', async () => {
    let pids: readonly number[] = [];
    await inShop({ stores: { postgres: undefined } }, async ({ target }) => {
      const kill = { kind: 'kill', service: 'postgres' } as const;
      const killed = target.inject(kill, never).catch(() => undefined);
      pids = target.processIds();
      await target.stop();
      await killed;
      pids = [...pids, ...target.processIds()];
    });
    for (const pid of pids) await until(() => !isRunning(pid));
  });
});

describe('a kill of MySQL', () => {
  it('is survived, and loses no order that was acknowledged', async () => {
    const stores = { ...referenceOptions(postgres.connection).stores, mysql: undefined };
    const stock = { strategy: 'conditional-update', store: 'mysql' } as const;
    await inShop({ stock, stores }, async (shop) => {
      const { target } = shop;
      const statuses = ['a', 'b', 'c'].map((key) => statusOf(shop, key));
      expect(await Promise.all(statuses)).toEqual([201, 201, 201]);
      const before = target.processIds();
      const killed = target.inject({ kind: 'kill', service: 'mysql' }, never);
      const during = await Promise.all(['d', 'e'].map((key) => statusOf(shop, key)));
      for (const status of during) expect([201, 500]).toContain(status);
      expect(await killed).toMatchObject({
        fired: true,
        detail: expect.stringMatching(/^killed, and back after \d+ ms$/) as string,
      });
      expect(target.processIds().filter((pid) => !before.includes(pid))).toHaveLength(1);
      await until(async () => (await statusOf(shop, 'f')) === 201);
      await until(async () => (await statusOf(shop, 'g')) === 201);
      const keys = (await target.truth())?.orders.map(({ key }) => key) ?? [];
      expect(keys).toEqual(expect.arrayContaining(['a', 'b', 'c', 'f', 'g']));
      expect(target.incidents()).toEqual([]);
    });
  });
});

describe('a stall of the queue', () => {
  const stall = { kind: 'stall', service: 'queue', durationMs: 500 } as const;

  it('makes whoever writes to it wait, and not in vain', async () => {
    await inShop({ ordering: 'async' }, async (shop) => {
      const startMs = performance.now();
      expect((await shop.target.inject(stall, never)).fired).toBe(true);
      expect(await statusOf(shop, 'k')).toBe(202);
      expect(performance.now() - startMs).toBeGreaterThanOrEqual(490);
      await until(async () => (await shop.target.inFlight()) === 0);
      expect((await shop.target.truth())?.orders).toMatchObject([{ key: 'k' }]);
    });
  });

  it('ends when the sale is over', async () => {
    await inShop({ ordering: 'async' }, async (shop) => {
      const over = new AbortController();
      const long = { ...stall, durationMs: 600_000 };
      expect((await shop.target.inject(long, over.signal)).fired).toBe(true);
      over.abort();
      expect(await statusOf(shop, 'k')).toBe(202);
    });
  });

  it('ends when the server is stopped', async () => {
    await inShop({ ordering: 'async' }, async ({ target }) => {
      expect((await target.inject({ ...stall, durationMs: 600_000 }, never)).fired).toBe(true);
    });
  });
});

const redisLua = { strategy: 'redis-lua', store: 'postgres' } as const;
const ordersIn = async (target: Target) => (await target.truth())?.orders.length ?? 0;

describe('a Redis that is flushed', () => {
  const flush = { kind: 'flush', service: 'redis' } as const;

  it('forgets what was taken, and the count is made anew', async () => {
    const stores = { ...referenceOptions(postgres.connection).stores, redis: undefined };
    await inShop({ stock: redisLua, stores }, async ({ target, client, token }) => {
      expect((await client.order(token, 'all', 'cap', 1_000)).status).toBe(201);
      expect((await client.order(token, 'more', 'cap', 1)).status).toBe(409);
      expect(await target.inject(flush, never)).toEqual({
        fired: true,
        detail: 'every key was removed',
      });
      // With the recovery policy `none` the count starts from the beginning.
      expect((await client.order(token, 'more', 'cap', 1)).status).toBe(201);
      expect(await ordersIn(target)).toBe(2);
    });
  });

  it('loses the keys of the run alone when it is the user’s own', async () => {
    const redis = await startOwnRedis();
    const others = openRedis(redis.url);
    try {
      await others.set('theirs', 5);
      const stores = { ...referenceOptions(postgres.connection).stores, redis: redis.url };
      await inShop({ stock: redisLua, stores }, async ({ target, client, token }) => {
        expect((await client.order(token, 'all', 'cap', 1_000)).status).toBe(201);
        expect(await target.inject(flush, never)).toEqual({
          fired: true,
          detail: 'the run’s keys were removed; Redis is not flashsim’s own',
        });
        expect((await client.order(token, 'more', 'cap', 1)).status).toBe(201);
        expect(await others.get('theirs')).toBe('5');
        const restart = { kind: 'restart', service: 'redis', persistence: 'none' } as const;
        expect(await target.inject(restart, never)).toEqual({
          fired: false,
          detail: 'this Redis is not flashsim’s own to kill: the scenario gives its URL',
        });
      });
    } finally {
      others.close();
      await redis.stop();
    }
  });
});

describe('a server of the user’s own that dies', () => {
  it('costs no more than what could not be removed from it', async () => {
    const redis = await startOwnRedis();
    const stores = { ...referenceOptions(postgres.connection).stores, redis: redis.url };
    await inShop({ stock: redisLua, stores }, async ({ target }) => {
      await redis.stop();
      expect(await target.stop()).toEqual([
        expect.stringMatching(/^keys flashsim_\w+:\* of your Redis could not be removed: Redis /),
      ]);
    });
  });
});

describe('a Redis that is restarted', () => {
  it.each([
    ['none', 201],
    ['aof', 409],
  ] as const)('with persistence %s answers %i to one more order', async (persistence, status) => {
    const stores = { ...referenceOptions(postgres.connection).stores, redis: undefined };
    await inShop({ stock: redisLua, stores }, async ({ target, client, token }) => {
      expect((await client.order(token, 'all', 'cap', 1_000)).status).toBe(201);
      const before = target.processIds();
      const restart = { kind: 'restart', service: 'redis', persistence } as const;
      expect(await target.inject(restart, never)).toMatchObject({
        fired: true,
        detail: expect.stringMatching(/^killed, and back after \d+ ms$/) as string,
      });
      expect(target.processIds().filter((pid) => !before.includes(pid))).toHaveLength(1);
      await until(async () => (await client.order(token, 'more', 'cap', 1)).status === status);
      expect(target.incidents()).toEqual([]);
    });
  });
});

describe('a fault of a service that there is not', () => {
  it('does not fire', async () => {
    await inShop({}, async ({ target }) => {
      const faults = [
        { kind: 'kill', service: 'kafka' },
        { kind: 'flush', service: 'order-server' },
        { kind: 'flush', service: 'redis' },
        { kind: 'kill', service: 'mysql' },
        { kind: 'restart', service: 'redis', persistence: 'none' },
      ] as const;
      for (const fault of faults) {
        expect(await target.inject(fault, never)).toMatchObject({ fired: false });
      }
    });
  });
});
