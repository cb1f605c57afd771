import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OrderRequest, PlaceResult } from '../../src/targets/reference/orders/order-store.ts';
import { strategyPerProduct } from '../../src/targets/reference/stock/per-product.ts';
import { stockStrategies } from '../../src/targets/reference/stock/registry.ts';
import type {
  StockStrategy,
  StockStrategyEntry,
} from '../../src/targets/reference/stock/stock-strategy.ts';
import { contextOf } from '../helpers/strategy-context.ts';
import {
  bring,
  churn,
  closeShop,
  committed,
  countOf,
  crowd,
  first,
  instancesOf,
  ledgerBreaks,
  manyUsers,
  openShop,
  orderBy,
  oversells,
  pick,
  refusesSome,
  rounds,
  type StockFixture,
  sell,
  shopProcesses,
  soldUnits,
  truth,
  unitsGained,
  unitsOf,
} from './stock-shop.ts';

/** What every strategy must do on a store that it declares. */
export function describeStockStrategies(fixture: StockFixture): void {
  const { store } = fixture;
  const strategies: readonly StockStrategyEntry[] = Object.values<StockStrategyEntry>(
    stockStrategies,
  ).filter(({ stores }) => stores.includes(store));
  /** Orders in the memory of a process are in one process only. */
  const processCounts = store === 'memory' ? ([1] as const) : ([1, 2] as const);

  beforeAll(() => openShop(fixture));
  afterAll(() => closeShop(fixture));

  describe.each(strategies)('the stock strategy $name', (entry) => {
    const verdicts = processCounts.map(
      (count) =>
        [count, count === 1 ? entry.expected.oneProcess : entry.expected.manyProcesses] as const,
    );
    /** Redis is the stock: the ledger follows it, and not in its order. */
    const isCounted = entry.cache?.kind === 'redis' && entry.cache.stockIn === 'cache';
    let instance: StockStrategy | undefined;
    beforeEach(() => {
      instance = undefined;
    });
    const strategy = (): StockStrategy => (instance ??= pick(instancesOf(entry, 1), 0));
    const place = (order: OrderRequest): Promise<PlaceResult> => strategy().place(order);

    it.each(verdicts)(
      'gets the verdict of %i process(es), %s, when 300 people want 50 units',
      async (n, verdict) => {
        if (verdict === 'oversells') {
          expect(await oversells(entry, n)).toBe(true);
          return;
        }
        if (verdict === 'refuses') {
          await refusesSome(entry, n);
          return;
        }
        await sell(50);
        const fromMs = Date.now();
        const results = await crowd(entry, n, manyUsers(300));
        const untilMs = Date.now();
        expect(countOf(results, 'placed')).toBe(50);
        expect(countOf(results, 'sold-out')).toBe(250);
        const found = await truth();
        expect(found.products).toMatchObject([{ id: 'p', initial: 50, remaining: 0 }]);
        expect(found.orders).toHaveLength(50);
        for (const { createdAtMs } of found.orders) {
          expect(createdAtMs).toBeGreaterThanOrEqual(fromMs);
          expect(createdAtMs).toBeLessThanOrEqual(untilMs);
        }
        const levels = found.ledger?.map(({ stockAfter }) => stockAfter);
        expect(isCounted ? levels?.sort((a, b) => b - a) : levels).toEqual(
          Array.from({ length: 50 }, (_, index) => 49 - index),
        );
        expect(new Set(found.ledger?.map(({ key }) => key))).toEqual(
          new Set(found.orders.map(({ key }) => key)),
        );
        const remaining = results.flatMap((result) =>
          result.kind === 'placed' ? [result.remaining] : [],
        );
        expect(new Set(remaining).size).toBe(50);
      },
    );

    it('answers a retry with the same order, also when both are under way at once', async () => {
      await sell(10);
      const first = orderBy(1);
      const placed = await place(first);
      expect(placed).toEqual({ kind: 'placed', orderId: first.orderId, remaining: 9 });
      expect(await place({ ...first, orderId: 'other' })).toMatchObject({
        kind: 'replayed',
        order: { orderId: first.orderId, remaining: 9 },
      });
      const second = orderBy(2);
      const answers = await Promise.all(
        ['a', 'b', 'c', 'd'].map((orderId) => place({ ...second, orderId })),
      );
      expect(countOf(answers, 'placed')).toBe(1);
      // A count that remembers keys says so at once; the others wait for the first one's transaction.
      expect(countOf(answers, 'replayed') + countOf(answers, 'in-progress')).toBe(3);
      if (entry.cache === undefined) expect(countOf(answers, 'replayed')).toBe(3);
      expect(await soldUnits()).toBe(2);
    });

    it('refuses a key that came with another order', async () => {
      await sell(10);
      const first = orderBy(1);
      await place(first);
      for (const other of [{ quantity: 2 }, { userId: 'u2' }]) {
        expect(await place({ ...first, orderId: 'other', ...other })).toEqual({
          kind: 'key-reuse',
        });
      }
    });

    it('keeps the limit of a person who orders on many devices at once', async () => {
      await sell(100, 3);
      const results = await Promise.all(Array.from({ length: 20 }, () => place(orderBy(1))));
      expect(countOf(results, 'placed')).toBe(3);
      expect(countOf(results, 'limit-per-user')).toBe(17);
      expect(await place(orderBy(2, { quantity: 4 }))).toEqual({ kind: 'limit-per-user' });
    });

    it('evaluates a refusal again under the same key', async () => {
      await sell(0);
      const order = orderBy(1);
      expect(await place(order)).toEqual({ kind: 'sold-out' });
      await bring(entry, 1);
      expect(await place(order)).toMatchObject({ kind: 'placed' });
    });

    it('sells a quantity whole or not at all, and leaves nothing behind when not', async () => {
      await sell(3, 5);
      expect(await place(orderBy(1, { quantity: 2 }))).toMatchObject({ kind: 'placed' });
      expect(await place(orderBy(2, { quantity: 2 }))).toEqual({ kind: 'sold-out' });
      expect(await place(orderBy(2, { quantity: 1 }))).toMatchObject({ remaining: 0 });
      expect([await unitsOf(1), await unitsOf(2)]).toEqual([2, 1]);
    });

    it('takes a withdrawn order back whole and once, and keeps its key', async () => {
      await sell(10, 2);
      const order = orderBy(1, { quantity: 2 });
      await place(order);
      await place(orderBy(2));
      const answers = await Promise.all(
        Array.from({ length: 4 }, () => strategy().release(committed(order))),
      );
      expect(answers.filter(({ kind }) => kind === 'already-released')).toHaveLength(3);
      expect(answers).toContainEqual({ kind: 'released', remaining: 9 });
      const found = await truth();
      expect(found.products).toMatchObject([{ id: 'p', initial: 10, remaining: 9 }]);
      expect(found.orders.map(({ status }) => status)).toEqual(['cancelled', 'confirmed']);
      expect(found.ledger?.at(-1)).toMatchObject({ key: order.key, delta: 2, stockAfter: 9 });
      expect(found.ledger).toHaveLength(3);
      // The same answer as at first, although the units are for sale again.
      expect(await place(order)).toMatchObject({
        kind: 'replayed',
        order: { orderId: order.orderId, status: 'cancelled', remaining: 8 },
      });
      expect(await place(orderBy(1, { quantity: 2 }))).toMatchObject({ remaining: 7 });
      expect(await place(orderBy(1))).toEqual({ kind: 'limit-per-user' });
    });

    it.each(verdicts)('buys and takes back at once in %i process(es): %s', async (n, verdict) => {
      // Processes that sell the same stock from their memories write down truly what they did.
      if (verdict !== 'oversells' || entry.cache?.kind === 'process') {
        // A restock in the database is beyond what a lock that it does not ask for can see.
        const restocks = entry.expected.restocks === 'kept' ? 20 : 0;
        await churn(entry, n, restocks);
        expect(await soldUnits()).toBe(0);
        expect(await unitsGained(60)).toBe(0);
        if (!isCounted) expect(await ledgerBreaks(60 - restocks)).toBe(0);
        return;
      }
      for (let round = 0; round < rounds; round += 1) {
        await churn(entry, n, 0);
        // Two lost updates may make up for each other; the ledger shows them all the same.
        if ((await unitsGained(60)) !== 0 || (await ledgerBreaks(60)) > 0) return;
      }
      expect.fail('nothing was gained or lost in any round');
    });

    it('does not know products that are not on sale', async () => {
      await sell(1);
      expect(await place(orderBy(1, { productId: 'x' }))).toEqual({ kind: 'unknown-product' });
    });
  });

  describe('a strategy per product', () => {
    it('counts each product down by its own, and all others by the default', async () => {
      const choice = {
        strategy: 'conditional-update',
        byProduct: new Map([['q', 'naive'] as const]),
      } as const;
      const instances = shopProcesses().map(({ orders }) =>
        strategyPerProduct(contextOf(orders), choice),
      );
      for (let round = 0; round < rounds; round += 1) {
        await first().reset([
          { id: 'p', stock: 30 },
          { id: 'q', stock: 30 },
        ]);
        const orders = Array.from({ length: 200 }, (_, user) =>
          orderBy(user, { productId: user % 2 === 0 ? 'p' : 'q' }),
        );
        await Promise.all(orders.map((order, index) => pick(instances, index >> 1).place(order)));
        expect(await soldUnits('p')).toBe(30);
        if ((await soldUnits('q')) > 30) return;
      }
      expect.fail('the naive product was not oversold in any round');
    });

    it('takes an order back by the strategy of its product', async () => {
      const calls: string[] = [];
      const { naive, synchronized } = stockStrategies;
      await first().reset([{ id: 'q', stock: 5 }]);
      const store = first().orders;
      const watched = {
        ...store,
        writeStock: (...args: Parameters<typeof store.writeStock>) => {
          calls.push('without transaction');
          return store.writeStock(...args);
        },
      };
      const order = orderBy(1, { productId: 'q' });
      for (const { name } of [naive, synchronized]) {
        await first().reset([{ id: 'q', stock: 5 }]);
        const byProduct = new Map([['q', name as 'naive' | 'synchronized']]);
        const stock = strategyPerProduct(contextOf(watched), {
          strategy: 'conditional-update',
          byProduct,
        });
        await stock.place(order);
        await stock.release(committed(order));
        calls.push(name);
      }
      expect(calls).toEqual([
        'without transaction',
        'without transaction',
        'naive',
        'synchronized',
      ]);
    });
  });

  describe('orders that wait for each other', () => {
    // The one that holds its locks longest, of those that the store has.
    const locking = stockStrategies[store === 'memory' ? 'synchronized' : 'select-for-update'];

    it('do not deadlock when users, keys and products cross', async () => {
      await first().reset([
        { id: 'p', stock: 1000, limitPerUser: 50 },
        { id: 'q', stock: 1000, limitPerUser: 50 },
      ]);
      const orders = Array.from({ length: 200 }, (_, index) =>
        orderBy(index % 3, { productId: index % 2 === 0 ? 'p' : 'q' }),
      );
      const results = await crowd(locking, 2, orders);
      expect(countOf(results, 'placed') + countOf(results, 'limit-per-user')).toBe(200);
    });

    it('do not deadlock with withdrawals of the same people', async () => {
      await first().reset([{ id: 'p', stock: 1000, limitPerUser: 3 }]);
      const instances = instancesOf(locking, 2);
      const ends = Array.from({ length: 120 }, async (_, index) => {
        const order = orderBy(index % 3);
        const { kind } = await pick(instances, index).place(order);
        if (kind === 'placed') await pick(instances, index + 1).release(committed(order));
        return kind;
      });
      expect(new Set(await Promise.all(ends))).toEqual(new Set(['placed', 'limit-per-user']));
      expect([await unitsOf(0), await unitsOf(1), await unitsOf(2)]).toEqual([0, 0, 0]);
    });
  });
}
