import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpTarget } from '../../src/targets/http/target.ts';
import { createReferenceTarget } from '../../src/targets/reference/target.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/targets/stores/embedded-postgres.ts';
import type { Target } from '../../src/targets/target.ts';
import {
  never,
  ReferenceClient,
  referenceOptions,
  saleContext,
  until,
} from './reference-fixture.ts';

let postgres: EmbeddedPostgres;
let target: Target;
let client: ReferenceClient;

beforeAll(async () => {
  postgres = await startEmbeddedPostgres();
  const options = referenceOptions(postgres.connection, {
    stock: { strategy: 'conditional-update', store: 'postgres', strategies: { raced: 'naive' } },
  });
  const products = [...saleContext.products, { id: 'raced', stock: 10 }];
  target = createReferenceTarget(options, { ...saleContext, products }, { admin: true });
  const { endpoint } = await target.start();
  client = new ReferenceClient(endpoint);
  await target.openSale({ runId: 'run-1', opensAtMs: Date.now(), closesAtMs: undefined });
});

afterAll(async () => {
  await target.stop();
  await postgres.stop();
});

const cancel = (token: string, orderId: unknown) =>
  client.send('DELETE', `/orders/${String(orderId)}`, { token });

async function productOf(of: Pick<Target, 'truth'>, id: string) {
  return (await of.truth())?.products.find((product) => product.id === id);
}

/** Units that stock and live orders of a product gained together. */
async function unitsGained(id: string, restocked = 0): Promise<number> {
  const truth = await target.truth();
  const product = truth?.products.find((candidate) => candidate.id === id);
  const live = (truth?.orders ?? []).filter(
    ({ productId, status }) => productId === id && status === 'confirmed',
  );
  const sold = live.reduce((sum, { quantity }) => sum + quantity, 0);
  return sold + (product?.remaining ?? 0) - (product?.initial ?? 0) - restocked;
}

describe('a withdrawal', () => {
  it('frees stock and quota for the person and for others, and can be said again', async () => {
    const token = await client.logIn('fickle');
    const { body } = await client.order(token, 'fickle-1', 'sneaker');
    const { orderId } = body;
    expect((await client.order(token, 'fickle-2', 'sneaker')).body['code']).toBe('limit-per-user');
    for (let time = 1; time <= 2; time += 1) {
      const answer = await cancel(token, orderId);
      expect(answer).toMatchObject({ status: 200, body: { orderId, status: 'cancelled' } });
    }
    expect(await productOf(target, 'sneaker')).toMatchObject({ initial: 30, remaining: 30 });
    for (const path of ['/orders/by-key/fickle-1', `/orders/${String(orderId)}`]) {
      const found = await client.send('GET', path, { token });
      expect(found).toMatchObject({ status: 200, body: { orderId, status: 'cancelled' } });
    }
    // The key keeps its order; a new purchase is one with a new key.
    expect(await client.order(token, 'fickle-1', 'sneaker')).toMatchObject({
      status: 201,
      body: { orderId, remaining: 29 },
    });
    expect((await client.order(token, 'fickle-3', 'sneaker')).status).toBe(201);
    expect(await unitsGained('sneaker')).toBe(0);
  });

  it('is for the owner with a live session only, and is not limited', async () => {
    const [owner, other] = await Promise.all([client.logIn('buyer'), client.logIn('thief')]);
    const { body } = await client.order(owner, 'buyer-1');
    expect(await cancel(other, body['orderId'])).toMatchObject({
      status: 404,
      body: { code: 'not-found' },
    });
    expect((await cancel(owner, 'none')).status).toBe(404);
    expect((await client.send('DELETE', `/orders/${String(body['orderId'])}`)).status).toBe(401);
    const many = await Promise.all(Array.from({ length: 9 }, () => cancel(owner, body['orderId'])));
    expect(new Set(many.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await unitsGained('cap')).toBe(0);
  });

  it('is whole or not there when its server process is killed in the middle', async () => {
    const users = Array.from({ length: 60 }, (_, index) => `leaver${index}`);
    const tokens = await Promise.all(users.map((user) => client.logIn(user)));
    const made = await Promise.all(
      tokens.map((token, index) => client.order(token, `leaver-${index}`)),
    );
    const before = target.processIds();
    const ends = made.map(({ body }, index) =>
      cancel(tokens[index] ?? '', body['orderId']).then(
        ({ status }) => status,
        () => 'lost' as const,
      ),
    );
    await target.inject({ kind: 'kill', service: 'order-server' }, never);
    const told = await Promise.all(ends);
    await until(() => target.processIds().some((pid) => !before.includes(pid)));
    await until(async () => (await target.inFlight()) === 0);
    expect(await unitsGained('cap')).toBe(0);
    const { orders = [] } = (await target.truth()) ?? {};
    const statusOf = new Map(orders.map(({ id, status }) => [id, status]));
    made.forEach(({ body }, index) => {
      if (told[index] === 200) expect(statusOf.get(String(body['orderId']))).toBe('cancelled');
    });
    // What was lost is asked for again, and happens once.
    await until(() => client.answers());
    for (const [index, { body }] of made.entries()) {
      await until(() =>
        cancel(tokens[index] ?? '', body['orderId']).then(
          ({ status }) => status === 200,
          () => false,
        ),
      );
    }
    expect(await unitsGained('cap')).toBe(0);
  });
});

describe('a strategy of its own', () => {
  it('counts one product down, while the others keep theirs', async () => {
    for (let round = 0; round < 10; round += 1) {
      const users = Array.from({ length: 40 }, (_, index) => `racer${round}-${index}`);
      const tokens = await Promise.all(users.map((user) => client.logIn(user)));
      await Promise.all(
        tokens.map((token, index) => client.order(token, `r${round}-${index}`, 'raced')),
      );
      if ((await unitsGained('raced')) > 0) return;
    }
    expect.fail('the naive product was not oversold in any round');
  });

  it('has to be one that there is', () => {
    const stock = { strategy: 'naive', store: 'postgres', strategies: { cap: 'lucky' } } as const;
    const options = referenceOptions(postgres.connection, { stock });
    expect(() => createReferenceTarget(options, saleContext)).toThrow(
      expect.objectContaining({ code: 'SCENARIO_INVALID' }),
    );
  });
});

describe('the positive control', () => {
  const buy = async (round: number, sale: { readonly productId: string }) => {
    const users = Array.from({ length: 60 }, (_, index) => `control${round}-${index}`);
    const tokens = await Promise.all(users.map((user) => client.logIn(user)));
    return Promise.all(
      tokens.map((token, index) => client.order(token, `control${round}-${index}`, sale.productId)),
    );
  };

  it('is open outside the sale, oversells, and is nowhere in the truth of the sale', async () => {
    const token = await client.logIn('curious');
    expect((await client.order(token, 'curious', 'flashsim-control')).status).toBe(404);
    // Before the opening: the control keeps no hours.
    const opensAtMs = Date.now() + 60_000;
    await target.openSale({ runId: 'run-1', opensAtMs, closesAtMs: undefined });
    const before = await target.truth();
    const sale = await target.control(5);
    if (sale === undefined) throw new Error('no control');
    const answers = await buy(0, sale);
    expect(answers.some(({ status }) => status === 201)).toBe(true);
    for (let round = 1; round < 10 && (await sale.truth()).orders.length <= 5; round += 1) {
      await buy(round, sale);
    }
    const truth = await sale.truth();
    expect(truth.orders.length).toBeGreaterThan(5);
    expect(truth.products).toMatchObject([{ id: sale.productId, initial: 5 }]);
    expect(truth.ledger).toHaveLength(truth.orders.length);
    expect(truth.sessions).toBeUndefined();
    const [sold] = truth.orders;
    const withdrawn = await cancel(await client.logIn(sold?.userId ?? ''), sold?.id);
    expect(withdrawn.status).toBe(200);
    expect((await sale.truth()).orders[0]?.status).toBe('cancelled');
    const after = await target.truth();
    for (const part of ['products', 'orders', 'ledger'] as const) {
      expect(after?.[part]).toEqual(before?.[part]);
    }
    await target.openSale({ runId: 'run-1', opensAtMs: Date.now(), closesAtMs: undefined });
  });

  it('keeps its name to itself', async () => {
    const products = [{ id: 'flashsim-control', stock: 1 }];
    const options = referenceOptions(postgres.connection);
    expect(() => createReferenceTarget(options, { ...saleContext, products })).toThrow(
      expect.objectContaining({ code: 'SCENARIO_INVALID' }),
    );
    const event = { kind: 'restock', productId: 'flashsim-control', quantity: 1 } as const;
    expect((await target.apply(event)).outcome).toBe('fail');
    const body = { runId: 'other', products };
    expect((await client.send('POST', '/admin/sale', { body })).status).toBe(400);
  });
});

describe('events', () => {
  it('restock a product while it is sold', async () => {
    const users = Array.from({ length: 30 }, (_, index) => `restocked${index}`);
    const tokens = await Promise.all(users.map((user) => client.logIn(user)));
    const before = await productOf(target, 'cap');
    const [applied] = await Promise.all([
      target.apply({ kind: 'restock', productId: 'cap', quantity: 7 }),
      ...tokens.map((token, index) => client.order(token, `restocked-${index}`)),
    ]);
    expect(applied).toMatchObject({ outcome: 'ok' });
    expect(await productOf(target, 'cap')).toEqual({
      id: 'cap',
      initial: 1000,
      remaining: (before?.remaining ?? 0) + 7 - 30,
    });
    expect(await unitsGained('cap', 7)).toBe(0);
    const { ledger = [] } = (await target.truth()) ?? {};
    expect(ledger.filter(({ key }) => key === null)).toMatchObject([
      { productId: 'cap', delta: 7 },
    ]);
  });

  it.each([
    ['a product that there is not', { productId: 'hat', quantity: 1 }],
    ['more than a stock can be', { productId: 'cap', quantity: 2 ** 31 - 1 }],
  ])('do not restock %s, and say so', async (_title, restock) => {
    const before = await productOf(target, 'cap');
    const applied = await target.apply({ kind: 'restock', ...restock });
    expect(applied.outcome).toBe('fail');
    expect(await productOf(target, 'cap')).toEqual(before);
  });

  it('come over HTTP to a server that is served', async () => {
    const { endpoint } = await target.start();
    const base = `http://${endpoint.host}:${endpoint.port}`;
    const urls = { baseUrl: base, truthUrl: `${base}/admin/truth` };
    const own = createHttpTarget({ ...urls, eventUrl: `${base}/admin/events` }, saleContext);
    const before = await productOf(own, 'cap');
    const restock = { kind: 'restock', productId: 'cap', quantity: 3 } as const;
    expect(await own.apply(restock)).toMatchObject({ outcome: 'ok' });
    expect(await own.apply({ ...restock, productId: 'hat' })).toMatchObject({ outcome: 'fail' });
    expect(await productOf(own, 'cap')).toMatchObject({ remaining: (before?.remaining ?? 0) + 3 });
    const foreign = createHttpTarget(
      { ...urls, eventUrl: `${base}/admin/events` },
      { ...saleContext, runId: 'another' },
    );
    expect(await foreign.apply({ kind: 'close' })).toMatchObject({ outcome: 'fail' });
    const token = await client.logIn('on-time');
    expect((await client.order(token, 'on-time')).status).toBe(201);
    expect(await own.apply({ kind: 'close' })).toMatchObject({ outcome: 'ok' });
    expect((await client.order(token, 'late-1')).body['code']).toBe('closed');
  });

  it('close the sale in every process, and for those that come later', async () => {
    await target.openSale({ runId: 'run-1', opensAtMs: Date.now(), closesAtMs: undefined });
    const promised = target.contract();
    const token = await client.logIn('closing');
    expect((await client.order(token, 'closing-1')).status).toBe(201);
    expect(await target.apply({ kind: 'close' })).toMatchObject({ outcome: 'ok' });
    expect(target.contract()).toEqual(promised);
    const before = target.processIds();
    await target.inject({ kind: 'kill', service: 'order-server' }, never);
    await until(() => target.processIds().some((pid) => !before.includes(pid)));
    const answers = await Promise.allSettled(
      [2, 3, 4].map((n) => client.order(token, `closing-${n}`)),
    );
    for (const answer of answers) {
      if (answer.status === 'fulfilled') expect(answer.value.body['code']).toBe('closed');
    }
    await until(() => client.answers());
  });

  it('fail before there is a sale, and never reject', async () => {
    const fresh = createReferenceTarget(referenceOptions(postgres.connection), saleContext);
    const restock = { kind: 'restock', productId: 'cap', quantity: 1 } as const;
    expect((await fresh.apply(restock)).outcome).toBe('fail');
    expect((await fresh.apply({ kind: 'close' })).outcome).toBe('fail');
    await fresh.stop();
  });
});

describe('what the server promises', () => {
  it('names what the audit may hold it to', () => {
    expect(target.contract()).toMatchObject({
      exactRemaining: true,
      rejectsKeyReuse: true,
      rateLimit: { operations: ['order', 'page'] },
    });
    expect(target.contract().completionMs).toBeUndefined();
  });
});
