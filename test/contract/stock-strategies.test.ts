import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrderRequest, PlaceResult } from '../../src/targets/reference/orders/order-store.ts';
import { createDoor } from '../../src/targets/reference/postgres/door.ts';
import { createOrderStore } from '../../src/targets/reference/postgres/order-store.ts';
import { createSchema, resetSale } from '../../src/targets/reference/postgres/schema.ts';
import { createSessionStore } from '../../src/targets/reference/postgres/session-store.ts';
import { readTruth } from '../../src/targets/reference/postgres/truth.ts';
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
  const instances = stores
    .slice(0, processes)
    .map((store) => entry.create(createOrderStore(store)));
  return Promise.all(orders.map((order, index) => pick(instances, index).place(order)));
}

const sell = (stock: number, limitPerUser?: number) =>
  resetSale(stores[0], [
    { id: 'p', stock, ...(limitPerUser === undefined ? {} : { limitPerUser }) },
  ]);

const manyUsers = (count: number) => Array.from({ length: count }, (_, user) => orderBy(user));

async function soldUnits(): Promise<number> {
  const { orders } = await readTruth(stores[0], 'r');
  return orders.reduce((sum, { quantity }) => sum + quantity, 0);
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

describe.each(Object.values(stockStrategies))('the stock strategy $name', (entry) => {
  const place = (order: OrderRequest): Promise<PlaceResult> => strategy().place(order);
  const strategy = (): StockStrategy => entry.create(createOrderStore(stores[0]));

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
      await sell(50);
      const results = await crowd(entry, n, manyUsers(300));
      expect(countOf(results, 'placed')).toBe(50);
      expect(countOf(results, 'sold-out')).toBe(250);
      const truth = await readTruth(stores[0], 'r');
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

  it('does not know products that are not on sale', async () => {
    await sell(1);
    expect(await place(orderBy(1, { productId: 'x' }))).toEqual({ kind: 'unknown-product' });
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
});

describe('the door', () => {
  it('admits the burst exactly when a user comes through both processes at once', async () => {
    await sell(1);
    const settings = {
      algorithm: 'token-bucket',
      key: 'user',
      replenishRatePerS: 0.001,
      burstCapacity: 5,
    } as const;
    const sessions = createSessionStore(stores[0], {
      maximumSessions: undefined,
      onExceed: 'deny',
    });
    const login = await sessions.logIn('u1', 'd1');
    if (login.kind !== 'created') throw new Error('no session');
    const doors = stores.map((store) => createDoor(store, sessions, settings));
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, index) => pick(doors, index).admit(login.token)),
    );
    expect(results.filter((result) => result.kind === 'admitted')).toHaveLength(5);
    expect(results.filter((result) => result.kind === 'limited')).toHaveLength(7);
  });

  it.each(['terminate-oldest', 'deny'] as const)(
    'keeps the cap on devices under %s when all log in at once',
    async (onExceed) => {
      await sell(1);
      const sessions = stores.map((store) =>
        createSessionStore(store, { maximumSessions: 2, onExceed }),
      );
      const logins = await Promise.all(
        Array.from({ length: 10 }, (_, device) => pick(sessions, device).logIn('u1', `d${device}`)),
      );
      const created = logins.filter((login) => login.kind === 'created').length;
      expect(created).toBe(onExceed === 'deny' ? 2 : 10);
      expect((await readTruth(stores[0], 'r')).sessions).toEqual({
        created,
        alive: 2,
        evicted: onExceed === 'deny' ? 0 : 8,
        aliveMaxPerUser: 2,
      });
    },
  );

  it('gives a device that logs in again its own place', async () => {
    await sell(1);
    const sessions = createSessionStore(stores[0], { maximumSessions: 1, onExceed: 'deny' });
    const first = await sessions.logIn('u1', 'd1');
    const second = await sessions.logIn('u1', 'd1');
    if (first.kind !== 'created' || second.kind !== 'created') throw new Error('no session');
    expect(await sessions.userOf(first.token)).toBeUndefined();
    expect(await sessions.userOf(second.token)).toBe('u1');
    expect(await sessions.logIn('u1', 'd2')).toEqual({ kind: 'device-limit' });
    expect(await sessions.logOut(second.token)).toBe(true);
    expect(await sessions.logOut(second.token)).toBe(false);
    expect((await sessions.logIn('u1', 'd2')).kind).toBe('created');
  });
});
