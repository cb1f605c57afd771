import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { defined } from '../../src/core/assert.ts';
import type { OrderRequest } from '../../src/targets/reference/orders/order-store.ts';
import { queuedOrdering } from '../../src/targets/reference/orders/ordering.ts';
import { findOrder } from '../../src/targets/reference/postgres/look-ups.ts';
import { postgresOrderDatabase } from '../../src/targets/reference/postgres/order-database.ts';
import { createOrderQueue, queueDepth } from '../../src/targets/reference/postgres/order-queue.ts';
import { createOrderStore } from '../../src/targets/reference/postgres/order-store.ts';
import { createSchema, resetGate, resetSale } from '../../src/targets/reference/postgres/schema.ts';
import { readOrders } from '../../src/targets/reference/postgres/truth.ts';
import { QueueConsumer } from '../../src/targets/reference/queue-consumer.ts';
import { stockStrategies } from '../../src/targets/reference/stock/registry.ts';
import type { StockStrategyEntry } from '../../src/targets/reference/stock/stock-strategy.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/targets/stores/embedded-postgres.ts';
import { openPostgres, type PostgresStore } from '../../src/targets/stores/postgres.ts';
import { CacheLab } from '../helpers/cache-lab.ts';
import { contextOf } from '../helpers/strategy-context.ts';
import { until } from '../integration/reference-fixture.ts';

const schema = 'flashsim_queue';
let postgres: EmbeddedPostgres;
/** As if two server processes: a pool for requests and one for turns each. */
let processes: readonly { readonly store: PostgresStore; readonly holder: PostgresStore }[];
let store: PostgresStore;
let lab: CacheLab;

beforeAll(async () => {
  lab = await CacheLab.open();
  postgres = await startEmbeddedPostgres();
  const open = (poolMax: number) => openPostgres(postgres.connection, { poolMax, schema });
  processes = [1, 2].map(() => ({ store: open(6), holder: open(2) }));
  store = open(4);
  await createSchema(store, schema);
});

afterAll(async () => {
  await Promise.all(processes.flatMap((one) => [one.store.close(), one.holder.close()]));
  await store.close();
  await postgres.stop();
  await lab.close();
});

beforeEach(async () => {
  await lab.forget();
  await resetGate(store);
  await resetSale(store, [{ id: 'p', stock: 20, limitPerUser: 2 }]);
});

const queues = () => processes.map((one) => createOrderQueue(one.store, one.holder));
function queue() {
  const [first] = queues();
  if (first === undefined) throw new Error('no process');
  return first;
}

function order(number: number, more: Partial<OrderRequest> = {}): OrderRequest {
  const name = String(number);
  return {
    orderId: `o${name}`,
    key: `k${name}`,
    userId: `u${name}`,
    productId: 'p',
    quantity: 1,
    ...more,
  };
}

const orders = (count: number) => Array.from({ length: count }, (_, number) => order(number));
const stock = () =>
  stockStrategies['conditional-update'].create(contextOf(createOrderStore(store)));

describe('the queue', () => {
  it('gives every entry to one taker at a time, oldest first', async () => {
    for (const entry of orders(40)) await queue().enqueue(entry);
    const held = new Set<string>();
    const decided: string[] = [];
    const takers = [...queues(), ...queues()].map(async (one) => {
      const seen: string[] = [];
      let count = 1;
      while (count > 0) {
        count = await one.turn(3, async ({ key }) => {
          expect(held.has(key)).toBe(false);
          held.add(key);
          await store.query('SELECT 1');
          held.delete(key);
          seen.push(key);
          decided.push(key);
          return { status: 'done' };
        });
      }
      return seen.map((key) => Number(key.slice(1)));
    });
    for (const seen of await Promise.all(takers))
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(decided.toSorted()).toEqual(
      orders(40)
        .map(({ key }) => key)
        .toSorted(),
    );
    expect(await queueDepth(store)).toBe(0);
  });

  it('keeps what was not decided, and undoes a turn that fails', async () => {
    for (const entry of orders(3)) await queue().enqueue(entry);
    const first = await queue().turn(8, ({ key }) =>
      Promise.resolve(key === 'k1' ? undefined : { status: 'done' }),
    );
    expect(first).toBe(2);
    const failing = queue().turn(8, () => Promise.reject(new Error('the process died')));
    await expect(failing).rejects.toThrow('died');
    expect(await queueDepth(store)).toBe(1);
    const left: string[] = [];
    await queue().turn(8, ({ key }) => {
      left.push(key);
      return Promise.resolve({ status: 'done' });
    });
    expect(left).toEqual(['k1']);
  });

  it('shows what is undecided as pending in the truth, once', async () => {
    for (const entry of orders(3)) await queue().enqueue(entry);
    // Committed, and the turn that would say so not over yet.
    await stock().place(order(1));
    const truth = await readOrders(store, 'r');
    expect(truth.orders.map(({ key, status }) => [key, status])).toEqual([
      ['k1', 'confirmed'],
      ['k0', 'pending'],
      ['k2', 'pending'],
    ]);
    expect((await findOrder(store, 'key', 'k1', 'u1'))?.status).toBe('confirmed');
    expect((await findOrder(store, 'id', 'o2', 'u2'))?.status).toBe('pending');
    expect(await findOrder(store, 'id', 'o2', 'u1')).toBeUndefined();
  });
});

describe('an ordering by queue', () => {
  const submit = (entry: OrderRequest) =>
    queuedOrdering(postgresOrderDatabase(store), queue(), () => undefined).submit(entry);
  const decideAll = (): Promise<number> => {
    const consumerStock = stock();
    return queue().turn(100, async (entry) => {
      const { kind } = await consumerStock.place(entry);
      return kind === 'placed' || kind === 'replayed'
        ? { status: 'done' }
        : { status: 'rejected', code: kind };
    });
  };

  it('takes one key in once, whoever comes with it', async () => {
    const ends = await Promise.all(
      Array.from({ length: 6 }, (_, index) => submit(order(1, { orderId: `try${index}` }))),
    );
    expect(new Set(ends.map(({ kind }) => kind))).toEqual(new Set(['pending']));
    expect(new Set(ends.map((end) => JSON.stringify(end))).size).toBe(1);
    expect(await queueDepth(store)).toBe(1);
    for (const other of [{ quantity: 2 }, { userId: 'u2' }]) {
      expect(await submit(order(1, other))).toEqual({ kind: 'key-reuse' });
    }
    expect(await submit(order(2, { productId: 'x' }))).toEqual({ kind: 'unknown-product' });
  });

  it('answers a decided key like an order that was placed at once', async () => {
    await submit(order(1));
    await decideAll();
    expect(await submit(order(1, { orderId: 'other' }))).toMatchObject({
      kind: 'replayed',
      order: { orderId: 'o1', remaining: 19 },
    });
    expect(await submit(order(1, { quantity: 2 }))).toEqual({ kind: 'key-reuse' });
  });

  it('queues a rejected key anew, under a new id, and lets the old answer stand', async () => {
    await submit(order(1, { quantity: 21, userId: 'u9' }));
    await decideAll();
    const rejected = { orderId: 'o1', status: 'rejected', code: 'limit-per-user' };
    expect(await findOrder(store, 'key', 'k1', 'u9')).toMatchObject(rejected);
    const again = order(1, { orderId: 'again', userId: 'u9' });
    expect(await submit(again)).toEqual({ kind: 'pending', orderId: 'again' });
    expect((await findOrder(store, 'key', 'k1', 'u9'))?.status).toBe('pending');
    await decideAll();
    expect(await findOrder(store, 'key', 'k1', 'u9')).toMatchObject({ orderId: 'again' });
    expect(await findOrder(store, 'id', 'o1', 'u9')).toMatchObject(rejected);
  });
});

describe.each(
  Object.values<StockStrategyEntry>(stockStrategies).filter(({ stores }) =>
    stores.includes('postgres'),
  ),
)('consumers with $name', (entry) => {
  it('decide everything that two processes queue, and then rest', async () => {
    const servers = lab.processes(
      entry,
      processes.map((one) => postgresOrderDatabase(one.store)),
    );
    const consumers = processes.flatMap((one, index) => {
      const mine = defined(servers[index], 'the process').strategy;
      const own = createOrderQueue(one.store, one.holder);
      return [1, 2].map(() => new QueueConsumer(own, (order) => mine.place(order)));
    });
    for (const consumer of consumers) consumer.start();
    const ring = () => consumers.forEach((consumer) => consumer.ring());
    const orderings = processes.map((one, index) =>
      // The second process rings nobody: what it queues is found by looking.
      queuedOrdering(
        postgresOrderDatabase(one.store),
        createOrderQueue(one.store, one.holder),
        index === 0 ? ring : () => undefined,
      ),
    );
    const submitted = orders(60).map(async (one, index) => orderings[index % 2]?.submit(one));
    await Promise.all(submitted);
    await until(async () => (await queueDepth(store)) === 0);
    await Promise.all(consumers.map((consumer) => consumer.stop()));
    const rows = await readOrders(store, 'r');
    const truth = (await servers[0]?.caches.desk.truth(rows)) ?? rows;
    const counts = await store.query<{ status: string; n: number }>(
      'SELECT status, count(*) AS n FROM order_queue GROUP BY 1 ORDER BY 1',
    );
    const sold = truth.orders.length;
    expect(truth.orders.every(({ status }) => status === 'confirmed')).toBe(true);
    expect(counts.rows).toContainEqual({ status: 'done', n: sold });
    switch (entry.expected.manyProcesses) {
      case 'exact':
        expect(sold).toBe(20);
        expect(truth.products).toMatchObject([{ id: 'p', initial: 20, remaining: 0 }]);
        break;
      case 'oversells':
        expect(sold).toBeGreaterThanOrEqual(20);
        break;
      case 'leaks':
      case 'refuses':
        expect(sold).toBeLessThanOrEqual(20);
        break;
    }
  });
});
