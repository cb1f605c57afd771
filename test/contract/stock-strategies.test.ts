import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  OrderRequest,
  PlaceResult,
  StoredOrder,
} from '../../src/targets/reference/orders/order-store.ts';
import { createOrderStore, restock } from '../../src/targets/reference/postgres/order-store.ts';
import { createSchema, resetSale } from '../../src/targets/reference/postgres/schema.ts';
import { readOrders } from '../../src/targets/reference/postgres/truth.ts';
import { strategyPerProduct } from '../../src/targets/reference/stock/per-product.ts';
import { stockStrategies } from '../../src/targets/reference/stock/registry.ts';
import type {
  StockStrategy,
  StockStrategyEntry,
} from '../../src/targets/reference/stock/stock-strategy.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/targets/stores/embedded-postgres.ts';
import { openPostgres, type PostgresStore } from '../../src/targets/stores/postgres.ts';
import { contextOf } from '../helpers/strategy-context.ts';

const schema = 'flashsim_contract';
let postgres: EmbeddedPostgres;
/** As if two server processes: a pool each. */
let stores: readonly [PostgresStore, PostgresStore];

beforeAll(async () => {
  postgres = await startEmbeddedPostgres();
  const open = () => openPostgres(postgres.connection, { poolMax: 8, schema });
  stores = [open(), open()];
  await createSchema(stores[0], schema);
});

afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await postgres.stop();
});

let orderCount = 0;
function orderBy(user: number, more: Partial<OrderRequest> = {}): OrderRequest {
  orderCount += 1;
  const unique = `${orderCount}`;
  return {
    orderId: `o${unique}`,
    key: `k${unique}`,
    userId: `u${user}`,
    productId: 'p',
    quantity: 1,
    ...more,
  };
}

const countOf = (results: readonly PlaceResult[], kind: PlaceResult['kind']) =>
  results.filter((result) => result.kind === kind).length;

/** Deals out over the server processes. */
function pick<T>(processes: readonly T[], index: number): T {
  const one = processes[index % processes.length];
  if (one === undefined) throw new Error('no process');
  return one;
}

/** Everybody at once, dealt out over `processes` instances of the strategy. */
async function crowd(
  entry: StockStrategyEntry,
  processes: 1 | 2,
  orders: readonly OrderRequest[],
): Promise<readonly PlaceResult[]> {
  const instances = instancesOf(entry, processes);
  return Promise.all(orders.map((order, index) => pick(instances, index).place(order)));
}

/** Instances of the strategy in as many server processes. */
const instancesOf = (entry: StockStrategyEntry, processes: 1 | 2): readonly StockStrategy[] =>
  stores.slice(0, processes).map((store) => entry.create(contextOf(createOrderStore(store))));

/** A placed order, as a look-up would find it. */
function committed(order: OrderRequest): StoredOrder {
  return { ...order, status: 'confirmed', remaining: undefined };
}

const sell = (stock: number, limitPerUser?: number) =>
  resetSale(stores[0], [
    { id: 'p', stock, ...(limitPerUser === undefined ? {} : { limitPerUser }) },
  ]);

const manyUsers = (count: number) => Array.from({ length: count }, (_, user) => orderBy(user));

/** Units in live orders of a product. */
async function soldUnits(product = 'p'): Promise<number> {
  const { orders } = await readOrders(stores[0], 'r');
  return orders
    .filter(({ status, productId }) => status === 'confirmed' && productId === product)
    .reduce((sum, { quantity }) => sum + quantity, 0);
}

/** Units that stock and live orders together gained; 0 when all is well. */
async function unitsGained(supply: number): Promise<number> {
  const { products } = await readOrders(stores[0], 'r');
  const remaining = products.reduce((sum, product) => sum + product.remaining, 0);
  return (await soldUnits()) + remaining - supply;
}

/** The ledger of an exact strategy counts in one line: each row starts where the last one ended. */
async function ledgerBreaks(stock: number): Promise<number> {
  const { ledger = [] } = await readOrders(stores[0], 'r');
  let left = stock;
  let breaks = 0;
  for (const { delta, stockAfter } of ledger) {
    if (stockAfter !== left + delta) breaks += 1;
    left = stockAfter;
  }
  return breaks;
}

/**
 * 40 people buy and withdraw at once, each both several times over, while the shop restocks. All in
 * all 60 units are there: everybody can buy, and nobody is left with anything.
 */
async function churn(entry: StockStrategyEntry, processes: 1 | 2, restocks: number): Promise<void> {
  await sell(60 - restocks);
  const instances = instancesOf(entry, processes);
  const people = manyUsers(40).map(async (order, index) => {
    await pick(instances, index).place(order);
    await Promise.all([0, 1].map((by) => pick(instances, by).release(committed(order))));
  });
  const supplies = Array.from({ length: restocks }, () => restock(stores[1], 'p', 1));
  await Promise.all([...people, ...supplies]);
}

/** How many rounds a race may take to show itself; one is nearly always enough. */
const rounds = 10;

async function oversells(entry: StockStrategyEntry, processes: 1 | 2): Promise<boolean> {
  for (let round = 0; round < rounds; round += 1) {
    await sell(50);
    await crowd(entry, processes, manyUsers(300));
    if ((await soldUnits()) > 50) return true;
  }
  return false;
}

/** Nothing is oversold in any round, and in some round somebody is told "sold out" too early. */
async function refusesSome(entry: StockStrategyEntry, processes: 1 | 2): Promise<void> {
  let refused = 0;
  for (let round = 0; round < rounds; round += 1) {
    await sell(50);
    const results = await crowd(entry, processes, manyUsers(60));
    const sold = await soldUnits();
    expect(countOf(results, 'placed')).toBe(sold);
    expect(sold).toBeLessThanOrEqual(50);
    expect(await unitsGained(50)).toBe(0);
    refused += 50 - sold;
  }
  expect(refused).toBeGreaterThan(0);
}

describe.each(Object.values(stockStrategies))('the stock strategy $name', (entry) => {
  const place = (order: OrderRequest): Promise<PlaceResult> => strategy().place(order);
  const strategy = (): StockStrategy => entry.create(contextOf(createOrderStore(stores[0])));

  it.each([
    [1, entry.expected.oneProcess],
    [2, entry.expected.manyProcesses],
  ] as const)(
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
      const results = await crowd(entry, n, manyUsers(300));
      expect(countOf(results, 'placed')).toBe(50);
      expect(countOf(results, 'sold-out')).toBe(250);
      const truth = await readOrders(stores[0], 'r');
      expect(truth.products).toEqual([{ id: 'p', initial: 50, remaining: 0 }]);
      expect(truth.orders).toHaveLength(50);
      expect(truth.ledger?.map(({ stockAfter }) => stockAfter)).toEqual(
        Array.from({ length: 50 }, (_, index) => 49 - index),
      );
      expect(new Set(truth.ledger?.map(({ key }) => key))).toEqual(
        new Set(truth.orders.map(({ key }) => key)),
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
    const instance = strategy();
    const answers = await Promise.all(
      ['a', 'b', 'c', 'd'].map((orderId) => instance.place({ ...second, orderId })),
    );
    expect(countOf(answers, 'placed')).toBe(1);
    expect(countOf(answers, 'replayed')).toBe(3);
    expect(await soldUnits()).toBe(2);
  });

  it('refuses a key that came with another order', async () => {
    await sell(10);
    const first = orderBy(1);
    await place(first);
    for (const other of [{ quantity: 2 }, { userId: 'u2' }]) {
      expect(await place({ ...first, orderId: 'other', ...other })).toEqual({ kind: 'key-reuse' });
    }
  });

  it('keeps the limit of a person who orders on many devices at once', async () => {
    await sell(100, 3);
    const instance = strategy();
    const results = await Promise.all(Array.from({ length: 20 }, () => instance.place(orderBy(1))));
    expect(countOf(results, 'placed')).toBe(3);
    expect(countOf(results, 'limit-per-user')).toBe(17);
    expect(await place(orderBy(2, { quantity: 4 }))).toEqual({ kind: 'limit-per-user' });
  });

  it('evaluates a refusal again under the same key', async () => {
    await sell(0);
    const order = orderBy(1);
    expect(await place(order)).toEqual({ kind: 'sold-out' });
    await stores[0].query('UPDATE products SET stock = 1');
    expect(await place(order)).toMatchObject({ kind: 'placed' });
  });

  it('sells a quantity whole or not at all, and leaves nothing behind when not', async () => {
    await sell(3, 5);
    expect(await place(orderBy(1, { quantity: 2 }))).toMatchObject({ kind: 'placed' });
    expect(await place(orderBy(2, { quantity: 2 }))).toEqual({ kind: 'sold-out' });
    expect(await place(orderBy(2, { quantity: 1 }))).toMatchObject({ remaining: 0 });
    const { rows } = await stores[0].query('SELECT user_id, used FROM user_quota ORDER BY 1');
    expect(rows).toEqual([
      { user_id: 'u1', used: 2 },
      { user_id: 'u2', used: 1 },
    ]);
  });

  it('takes a withdrawn order back whole and once, and keeps its key', async () => {
    await sell(10, 2);
    const order = orderBy(1, { quantity: 2 });
    await place(order);
    await place(orderBy(2));
    const instance = strategy();
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => instance.release(committed(order))),
    );
    expect(answers.filter(({ kind }) => kind === 'already-released')).toHaveLength(3);
    expect(answers).toContainEqual({ kind: 'released', remaining: 9 });
    const truth = await readOrders(stores[0], 'r');
    expect(truth.products).toEqual([{ id: 'p', initial: 10, remaining: 9 }]);
    expect(truth.orders.map(({ status }) => status)).toEqual(['cancelled', 'confirmed']);
    expect(truth.ledger?.at(-1)).toMatchObject({ key: order.key, delta: 2, stockAfter: 9 });
    expect(truth.ledger).toHaveLength(3);
    // The same answer as at first, although the units are for sale again.
    expect(await place(order)).toMatchObject({
      kind: 'replayed',
      order: { orderId: order.orderId, status: 'cancelled', remaining: 8 },
    });
    expect(await place(orderBy(1, { quantity: 2 }))).toMatchObject({ remaining: 7 });
    expect(await place(orderBy(1))).toEqual({ kind: 'limit-per-user' });
  });

  it.each([
    [1, entry.expected.oneProcess],
    [2, entry.expected.manyProcesses],
  ] as const)('buys and takes back at once in %i process(es): %s', async (n, verdict) => {
    if (verdict !== 'oversells') {
      // A restock in the database is beyond what a lock that it does not ask for can see.
      const restocks = entry.expected.restocks === 'kept' ? 20 : 0;
      await churn(entry, n, restocks);
      expect(await soldUnits()).toBe(0);
      expect(await unitsGained(60)).toBe(0);
      expect(await ledgerBreaks(60 - restocks)).toBe(0);
      return;
    }
    for (let round = 0; round < rounds; round += 1) {
      await churn(entry, n, 0);
      if ((await unitsGained(60)) !== 0) return;
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
    const instances = stores.map((store) =>
      strategyPerProduct(contextOf(createOrderStore(store)), choice),
    );
    for (let round = 0; round < rounds; round += 1) {
      await resetSale(stores[0], [
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
    await resetSale(stores[0], [{ id: 'q', stock: 5 }]);
    const store = createOrderStore(stores[0]);
    const watched = {
      ...store,
      writeStock: (...args: Parameters<typeof store.writeStock>) => {
        calls.push('without transaction');
        return store.writeStock(...args);
      },
    };
    const order = orderBy(1, { productId: 'q' });
    for (const { name } of [naive, synchronized]) {
      await resetSale(stores[0], [{ id: 'q', stock: 5 }]);
      const byProduct = new Map([['q', name as 'naive' | 'synchronized']]);
      const stock = strategyPerProduct(contextOf(watched), {
        strategy: 'conditional-update',
        byProduct,
      });
      await stock.place(order);
      await stock.release(committed(order));
      calls.push(name);
    }
    expect(calls).toEqual(['without transaction', 'without transaction', 'naive', 'synchronized']);
  });
});

describe('orders that wait for each other', () => {
  it('do not deadlock when users, keys and products cross', async () => {
    await resetSale(stores[0], [
      { id: 'p', stock: 1000, limitPerUser: 50 },
      { id: 'q', stock: 1000, limitPerUser: 50 },
    ]);
    const orders = Array.from({ length: 200 }, (_, index) =>
      orderBy(index % 3, { productId: index % 2 === 0 ? 'p' : 'q' }),
    );
    const results = await crowd(stockStrategies['select-for-update'], 2, orders);
    expect(countOf(results, 'placed') + countOf(results, 'limit-per-user')).toBe(200);
  });

  it('do not deadlock with withdrawals of the same people', async () => {
    await resetSale(stores[0], [{ id: 'p', stock: 1000, limitPerUser: 3 }]);
    const instances = instancesOf(stockStrategies['select-for-update'], 2);
    const ends = Array.from({ length: 120 }, async (_, index) => {
      const order = orderBy(index % 3);
      const { kind } = await pick(instances, index).place(order);
      if (kind === 'placed') await pick(instances, index + 1).release(committed(order));
      return kind;
    });
    expect(new Set(await Promise.all(ends))).toEqual(new Set(['placed', 'limit-per-user']));
    const { rows } = await stores[0].query('SELECT sum(used)::int AS used FROM user_quota');
    expect(rows).toEqual([{ used: 0 }]);
  });
});
