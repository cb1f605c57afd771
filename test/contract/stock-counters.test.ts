import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProcessCounter } from '../../src/targets/reference/cache/process-counter.ts';
import { redisCounter } from '../../src/targets/reference/cache/redis-counter.ts';
import type { LoadableCounter } from '../../src/targets/reference/cache/stock-counter.ts';
import { OverloadedError } from '../../src/targets/reference/errors.ts';
import { openRedis, type RedisStore } from '../../src/targets/stores/redis.ts';
import {
  findRedisServer,
  type RedisServer,
  startRedisServer,
} from '../../src/targets/stores/redis-server.ts';
import { orderBy } from '../helpers/buyers.ts';
import { ensureProgram } from '../helpers/ensure-program.ts';
import { testScale } from '../helpers/test-scale.ts';

let server: RedisServer;
let store: RedisStore;
beforeAll(async () => {
  await ensureProgram({ find: findRedisServer, aptPackage: 'redis-server' });
  server = await startRedisServer();
  store = openRedis(server.connection);
});
afterAll(async () => {
  store.close();
  await server.stop();
});

const load = (token: string, replace = false) => ({ productId: 'p', token, replace });
const loaded = (units: number, supply = units) => ({ units, supply, taken: [] });

describe.each(['redis', 'process'] as const)('a count in %s', (kind) => {
  const fresh = async (): Promise<LoadableCounter> => {
    if (kind === 'process') return new ProcessCounter();
    await store.flush();
    return redisCounter(store, 'flashsim_test');
  };

  /** One with so many units. */
  async function counterOf(units: number): Promise<LoadableCounter> {
    const counter = await fresh();
    await counter.beginLoad(load('first'));
    await counter.finishLoad(load('first'), loaded(units));
    return counter;
  }

  it('is none before it is loaded, and then cannot be taken from', async () => {
    const counter = await fresh();
    expect(await counter.read('p')).toBeUndefined();
    const order = orderBy(1);
    expect(await counter.take(order, undefined)).toEqual({ kind: 'not-loaded' });
    expect(await counter.undo(order)).toBeUndefined();
    expect(await counter.putBack(order)).toBeUndefined();
  });

  it('gives a key its units once, a user no more than the limit, and nobody what is not there', async () => {
    const counter = await counterOf(4);
    const order = orderBy(1);
    expect(await counter.take(order, 2)).toEqual({ kind: 'taken', remaining: 3 });
    expect(await counter.take(order, 2)).toEqual({ kind: 'already-taken' });
    expect(await counter.take(orderBy(1, { quantity: 2 }), 2)).toEqual({ kind: 'limit-per-user' });
    expect(await counter.take(orderBy(2, { quantity: 4 }), undefined)).toEqual({
      kind: 'sold-out',
    });
    expect(await counter.take(orderBy(2, { quantity: 3 }), undefined)).toMatchObject({
      remaining: 0,
    });
  });

  it('takes units back once when no order came of them, and always when one was withdrawn', async () => {
    const counter = await counterOf(2);
    const order = orderBy(1);
    await counter.take(order, 1);
    expect(await counter.undo(order)).toBe(2);
    expect(await counter.undo(order)).toBe(2);
    expect(await counter.take(order, 1)).toMatchObject({ remaining: 1 });
    expect(await counter.putBack(order)).toBe(2);
    // The user may buy again.
    expect(await counter.take(orderBy(1), 1)).toMatchObject({ remaining: 1 });
  });

  it('keeps what it has when it is loaded, unless it is to be replaced', async () => {
    const counter = await counterOf(2);
    await counter.take(orderBy(1), undefined);
    expect(await counter.beginLoad(load('a'))).toBe('there');
    expect(await counter.read('p')).toBe(1);
    expect(await counter.beginLoad(load('b', true))).toBe('begun');
    expect(await counter.read('p')).toBeUndefined();
    expect(await counter.finishLoad(load('b', true), loaded(9))).toBe(true);
    expect(await counter.read('p')).toBe(9);
  });

  it('is loaded by one at a time, and by the last who announced it', async () => {
    const counter = await fresh();
    expect(await counter.beginLoad(load('a'))).toBe('begun');
    expect(await counter.beginLoad(load('b'))).toBe('busy');
    expect(await counter.beginLoad(load('c', true))).toBe('begun');
    expect(await counter.finishLoad(load('a'), loaded(5))).toBe(false);
    expect(await counter.finishLoad(load('c', true), loaded(6))).toBe(true);
    expect(await counter.read('p')).toBe(6);
  });

  it('can be loaded by another at once when a load was given up', async () => {
    const counter = await fresh();
    await counter.beginLoad(load('a'));
    await counter.abandonLoad(load('somebody else'));
    expect(await counter.beginLoad(load('b'))).toBe('busy');
    await counter.abandonLoad(load('a'));
    expect(await counter.beginLoad(load('b'))).toBe('begun');
  });

  it('does not overwrite one that came to be while it was figured out', async () => {
    const counter = await fresh();
    await counter.beginLoad(load('a'));
    await counter.adjust('p', -1);
    expect(await counter.finishLoad(load('a'), loaded(5))).toBe(false);
    expect(await counter.read('p')).toBe(-1);
  });

  it.each([
    ['a withdrawal', (counter: LoadableCounter) => counter.putBack(orderBy(1))],
    ['units that came back', (counter: LoadableCounter) => counter.undo(orderBy(1))],
    ['a restock', (counter: LoadableCounter) => counter.supply('p', 12)],
    ['a loss', (counter: LoadableCounter) => counter.clear()],
  ])('is not loaded by a figure that may have missed %s', async (_title, happens) => {
    const counter = await fresh();
    await counter.beginLoad(load('a'));
    await happens(counter);
    expect(await counter.finishLoad(load('a'), loaded(5))).toBe(false);
    expect(await counter.read('p')).toBeUndefined();
  });

  it('knows the keys whose units it was loaded without', async () => {
    const counter = await fresh();
    const order = orderBy(1);
    const { key, userId } = order;
    await counter.beginLoad(load('a'));
    const taken = [{ productId: 'p', key, userId, delta: -1 }];
    await counter.finishLoad(load('a'), { units: 4, supply: 5, taken });
    expect(await counter.take(order, undefined)).toEqual({ kind: 'already-taken' });
    expect(await counter.take(orderBy(1), 1)).toEqual({ kind: 'limit-per-user' });
    expect(await counter.undo(order)).toBe(5);
    expect(await counter.undo(orderBy(1))).toBe(5);
  });

  it('adds a restock once, however often and late it is told', async () => {
    const counter = await counterOf(5);
    await counter.take(orderBy(1), undefined);
    for (const supply of [8, 8, 6, 12, 10]) await counter.supply('p', supply);
    expect(await counter.read('p')).toBe(11);
  });

  it('counts each product by itself', async () => {
    const counter = await counterOf(5);
    await counter.write('q', 2);
    expect(await counter.take(orderBy(1, { productId: 'q' }), undefined)).toMatchObject({
      remaining: 1,
    });
    expect(await counter.read('p')).toBe(5);
    await counter.clear();
    expect(await counter.read('q')).toBeUndefined();
  });
});

/** Something that can be done to a count, by numbers. */
type Deed = (counter: LoadableCounter) => Promise<unknown>;
const small = fc.integer({ min: 0, max: 3 });
const order = fc
  .record({ key: small, user: small, quantity: fc.integer({ min: 1, max: 2 }) })
  .map(({ key, user, quantity }) =>
    orderBy(user, { key: `key${key}-${user}-${quantity}`, quantity }),
  );
const loading = fc.record({ token: small.map(String), replace: fc.boolean() });
const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.tuple(order, fc.option(small)).map(
    ([one, limit]): Deed =>
      (counter) =>
        counter.take(one, limit ?? undefined),
  ),
  order.map(
    (one): Deed =>
      (counter) =>
        counter.undo(one),
  ),
  order.map(
    (one): Deed =>
      (counter) =>
        counter.putBack(one),
  ),
  fc.integer({ min: -2, max: 2 }).map(
    (by): Deed =>
      (counter) =>
        counter.adjust('p', by),
  ),
  small.map(
    (units): Deed =>
      (counter) =>
        counter.write('p', units),
  ),
  fc.integer({ min: 0, max: 9 }).map(
    (units): Deed =>
      (counter) =>
        counter.supply('p', units),
  ),
  loading.map(
    ({ token, replace }): Deed =>
      (counter) =>
        counter.beginLoad({ productId: 'p', token, replace }),
  ),
  fc.tuple(loading, small, order).map(
    ([{ token, replace }, units, { key, userId, quantity }]): Deed =>
      (counter) =>
        counter.finishLoad(
          { productId: 'p', token, replace },
          { units, supply: units, taken: [{ productId: 'p', key, userId, delta: -quantity }] },
        ),
  ),
  fc.constant<Deed>((counter) => counter.clear()),
);

describe('counts in Redis and in a process', () => {
  it('answer the same to whatever is done to them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { maxLength: 30 }), async (deeds) => {
        await store.flush();
        const [shared, own] = [redisCounter(store, 'flashsim_same'), new ProcessCounter()];
        for (const step of deeds) {
          expect(await step(shared)).toEqual(await step(own));
          expect(await shared.read('p')).toEqual(await own.read('p'));
        }
      }),
      { numRuns: 300 * testScale },
    );
  });
});

describe('a Redis that cannot be reached', () => {
  it('does nothing, and the client may come again', async () => {
    const nobody = openRedis({ path: '/nonexistent/redis.sock' }, { connectMs: 50 });
    const counter = redisCounter(nobody, 'flashsim_test');
    await expect(counter.take(orderBy(1), undefined)).rejects.toBeInstanceOf(OverloadedError);
    nobody.close();
  });
});
