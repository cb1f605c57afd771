import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createReferenceTarget, type ReferenceExtras } from '../../src/targets/reference/target.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/targets/stores/embedded-postgres.ts';
import { openMysql } from '../../src/targets/stores/mysql.ts';
import { type PrivateMysql, startPrivateMysql } from '../../src/targets/stores/private-mysql.ts';
import type { Target } from '../../src/targets/target.ts';
import { ensureMysql } from '../helpers/ensure-mysql.ts';
import {
  isRunning,
  ReferenceClient,
  referenceOptions,
  saleContext,
  until,
} from './reference-fixture.ts';

let postgres: EmbeddedPostgres;
let mysql: PrivateMysql;

beforeAll(async () => {
  await ensureMysql();
  [postgres, mysql] = await Promise.all([startEmbeddedPostgres(), startPrivateMysql()]);
}, 300_000);

afterAll(async () => {
  await Promise.all([postgres.stop(), mysql.stop()]);
});

const mysqlUrl = (): string =>
  `mysql://root@localhost?socket=${encodeURIComponent(mysql.connection.socketPath ?? '')}`;

/** A running server whose orders are in that store; sessions are in PostgreSQL all the same. */
async function serve(
  store: 'mysql' | 'memory',
  { ownMysql = true, ...extras }: ReferenceExtras & { readonly ownMysql?: boolean } = {},
): Promise<{ readonly target: Target; readonly client: ReferenceClient }> {
  const base = referenceOptions(postgres.connection);
  const target = createReferenceTarget(
    {
      ...base,
      processes: store === 'memory' ? 1 : 2,
      stock: { strategy: 'conditional-update', store },
      stores: { ...base.stores, ...(ownMysql ? { mysql: mysqlUrl() } : {}) },
      rateLimiter: undefined,
    },
    saleContext,
    extras,
  );
  onTestFinished(async () => {
    await target.stop();
  });
  const { endpoint } = await target.start();
  await target.openSale({ runId: 'run-1', opensAtMs: Date.now(), closesAtMs: undefined });
  return { target, client: new ReferenceClient(endpoint) };
}

const productOf = async (target: Target, id: string) =>
  (await target.truth())?.products.find((product) => product.id === id);

async function databasesOfRuns(): Promise<readonly unknown[]> {
  const store = openMysql(mysql.connection, { poolMax: 1 });
  const { rows } = await store.query("SHOW DATABASES LIKE 'flashsim%'");
  await store.close();
  return rows;
}

describe.each(['mysql', 'memory'] as const)('orders in %s', (store) => {
  it('are made, found, shown, withdrawn and restocked as in PostgreSQL', async () => {
    const { target, client } = await serve(store);
    const token = await client.logIn('buyer');
    const placed = await client.order(token, 'k1', 'sneaker');
    expect(placed).toMatchObject({ status: 201, body: { remaining: 29 } });
    const { orderId } = placed.body;
    expect((await client.order(token, 'k1', 'sneaker')).body).toMatchObject({ orderId });
    expect((await client.order(token, 'k1', 'cap')).body['code']).toBe('key-reuse');
    expect((await client.order(token, 'k2', 'sneaker')).body['code']).toBe('limit-per-user');
    expect((await client.order(token, 'k3', 'none')).status).toBe(404);
    const found = { orderId, key: 'k1', productId: 'sneaker', quantity: 1, status: 'confirmed' };
    for (const path of [`/orders/${String(orderId)}`, '/orders/by-key/k1']) {
      expect((await client.send('GET', path, { token })).body).toEqual(found);
    }
    const stranger = await client.logIn('stranger');
    expect((await client.send('GET', '/orders/by-key/k1', { token: stranger })).status).toBe(404);
    const page = await client.send('GET', '/products/sneaker', { token });
    expect(page.body).toMatchObject({ id: 'sneaker', remaining: 29, limitPerUser: 1 });
    const withdrawn = await client.send('DELETE', `/orders/${String(orderId)}`, { token });
    expect(withdrawn.body).toEqual({ orderId, status: 'cancelled' });
    const restock = { kind: 'restock', productId: 'sneaker', quantity: 5 } as const;
    expect(await target.apply(restock)).toEqual({ outcome: 'ok', detail: 'the stock was 35 then' });
    expect(await target.apply({ ...restock, productId: 'none' })).toMatchObject({
      outcome: 'fail',
    });
    expect(await target.truth()).toMatchObject({
      runId: 'run-1',
      products: [
        { id: 'cap', initial: 1000, remaining: 1000 },
        { id: 'sneaker', initial: 30, remaining: 35 },
      ],
      orders: [{ id: orderId, key: 'k1', userId: 'buyer', quantity: 1, status: 'cancelled' }],
      ledger: [
        { seq: 1, key: 'k1', delta: -1, stockAfter: 29 },
        { seq: 2, key: 'k1', delta: 1, stockAfter: 30 },
        { seq: 3, key: null, delta: 5, stockAfter: 35 },
      ],
      sessions: { created: 2, alive: 2 },
    });
  });

  it('tell ids apart that differ in case, accents or blanks at their ends', async () => {
    const { target, client } = await serve(store);
    const users = ['ann', 'Ann', 'ann ', 'änn', '😀n'];
    for (const [index, user] of users.entries()) {
      const token = await client.logIn(user);
      const key = index % 2 === 0 ? `same-${index >> 1}` : `SAME-${index >> 1}`;
      expect((await client.order(token, key, 'sneaker')).status).toBe(201);
    }
    const truth = await target.truth();
    expect(new Set(truth?.orders.map(({ userId }) => userId))).toEqual(new Set(users));
  });

  it('have a positive control that is in no other snapshot, and oversells', async () => {
    const { target, client } = await serve(store);
    const sale = await target.control(20);
    const tokens = await Promise.all(
      Array.from({ length: 60 }, (_, user) => client.logIn(`control-${user}`)),
    );
    await Promise.all(
      tokens.map((token, user) => client.order(token, `c${user}`, sale?.productId)),
    );
    const control = await sale?.truth();
    expect(control?.orders.length).toBeGreaterThan(20);
    expect(control?.products).toMatchObject([{ id: sale?.productId, initial: 20 }]);
    expect(await target.truth()).toMatchObject({ orders: [], ledger: [] });
  });

  it('are forgotten by a new sale over HTTP', async () => {
    const { target, client } = await serve(store, { admin: true });
    const token = await client.logIn('early');
    await client.order(token, 'k', 'sneaker');
    const sale = { runId: 'run-2', opensAt: Date.now(), products: [{ id: 'bag', stock: 2 }] };
    expect((await client.send('POST', '/admin/sale', { body: sale })).status).toBe(200);
    await client.order(await client.logIn('late'), 'k', 'bag');
    const { body } = await client.send('GET', '/admin/truth');
    expect(body).toMatchObject({
      runId: 'run-2',
      products: [{ id: 'bag', initial: 2, remaining: 1 }],
      orders: [{ key: 'k', userId: 'late' }],
      inFlight: 0,
    });
    const event = { kind: 'restock', productId: 'bag', quantity: 3 };
    const restocked = await client.send('POST', '/admin/events', { body: event });
    expect(restocked.body).toMatchObject({ remaining: 4 });
    expect((await productOf(target, 'bag'))?.remaining).toBe(4);
  });
});

describe('orders in MySQL', () => {
  it('are in a database of the run’s own, which is dropped from the user’s server', async () => {
    const { target } = await serve('mysql');
    expect(await databasesOfRuns()).toHaveLength(1);
    await target.stop();
    expect(await databasesOfRuns()).toEqual([]);
    expect(isRunning(mysql.pid)).toBe(true);
  });

  it('have a private server where no URL is given, which counts as the target’s and ends with it', async () => {
    const { target, client } = await serve('mysql', { ownMysql: false });
    // Two server processes and their primary; PostgreSQL is the test's own.
    expect(target.processIds()).toHaveLength(4);
    const pid = target.processIds().at(-1) ?? 0;
    expect((await client.order(await client.logIn('one'), 'k')).status).toBe(201);
    await target.stop();
    expect(isRunning(pid)).toBe(false);
    expect(await databasesOfRuns()).toEqual([]);
  });

  it('survive a kill -9 of the server when they were acknowledged', async () => {
    const { target, client } = await serve('mysql');
    const token = await client.logIn('survivor');
    let keys = 0;
    const acknowledged: string[] = [];
    /** Buys without a pause; what is lost on the way is not acknowledged. */
    const buy = async (): Promise<void> => {
      const key = `s${(keys += 1)}`;
      const { status } = await client.order(token, key);
      if (status === 201) acknowledged.push(key);
    };
    let isOver = false;
    const crowd = Array.from({ length: 8 }, async () => {
      while (!isOver) await buy();
    });
    await until(() => acknowledged.length > 50);
    await mysql.restart();
    const after = acknowledged.length;
    await until(() => acknowledged.length > after + 50);
    isOver = true;
    await Promise.all(crowd);
    const kept = new Set((await target.truth())?.orders.map(({ key }) => key));
    expect(acknowledged.filter((key) => !kept.has(key))).toEqual([]);
    expect((await productOf(target, 'cap'))?.remaining).toBe(1000 - kept.size);
  });
});

describe('orders in memory', () => {
  it('end with their process; the next one begins with the products, and opens as told', async () => {
    const { target, client } = await serve('memory');
    const token = await client.logIn('loser');
    expect((await client.order(token, 'k', 'sneaker')).body).toMatchObject({ remaining: 29 });
    await target.apply({ kind: 'restock', productId: 'sneaker', quantity: 5 });
    expect(
      (await target.inject({ kind: 'kill', service: 'order-server' }, new AbortController().signal))
        .fired,
    ).toBe(true);
    // Waits for the process that takes the place.
    expect(await target.truth()).toMatchObject({
      products: [
        { id: 'cap', remaining: 1000 },
        { id: 'sneaker', remaining: 30 },
      ],
      orders: [],
      ledger: [],
      sessions: { created: 1 },
    });
    await until(() => client.answers());
    expect((await client.order(token, 'k', 'sneaker')).body).toMatchObject({ remaining: 29 });
  });
});

describe('what a store cannot do', () => {
  it.each([
    [{ stock: { strategy: 'table-lock', store: 'memory' }, processes: 1 }, /cannot count/],
    [{ stock: { strategy: 'naive', store: 'memory' } }, /`processes` is 2/],
    [{ stock: { strategy: 'naive', store: 'mysql' }, ordering: 'async' }, /async/],
    [{ stock: { strategy: 'nothing', store: 'mysql' } }, /no stock strategy/],
  ] as const)('is said before anything is started: %j', (more, what) => {
    const options = referenceOptions(postgres.connection, more);
    expect(() => createReferenceTarget(options, saleContext)).toThrow(
      expect.objectContaining({
        code: 'SCENARIO_INVALID',
        what: expect.stringMatching(what) as string,
      }),
    );
  });

  it('needs both consents for a MySQL elsewhere', () => {
    const stores = { postgres: undefined, mysql: 'mysql://me@db.example.com' };
    const options = referenceOptions(postgres.connection, { stores });
    expect(() => createReferenceTarget(options, saleContext)).toThrow(
      expect.objectContaining({ code: 'REMOTE_NOT_ALLOWED' }),
    );
  });
});
