import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReferenceTarget } from '../../src/targets/reference/target.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/targets/stores/embedded-postgres.ts';
import type { Fault, Target } from '../../src/targets/target.ts';
import {
  saleContext as context,
  ReferenceClient,
  referenceOptions,
  until,
} from './reference-fixture.ts';

let postgres: EmbeddedPostgres;

beforeAll(async () => {
  postgres = await startEmbeddedPostgres();
});

afterAll(async () => {
  await postgres.stop();
});

type PublishOrdering = 'publish-or-release' | 'publish-or-pending';

interface Shop {
  readonly target: Target;
  readonly client: ReferenceClient;
  readonly token: string;
}

const publishTimeoutMs = 150;
/** Longer than any test. */
const stall: Fault = { kind: 'stall', service: 'queue', durationMs: 600_000 };

/** Runs `visit` on an open sale of two server processes, and ends it. */
async function inShop(
  ordering: PublishOrdering,
  visit: (shop: Shop) => Promise<void>,
): Promise<void> {
  const target = createReferenceTarget(
    referenceOptions(postgres.connection, {
      stock: { strategy: 'conditional-update-split', store: 'postgres' },
      ordering,
      publishTimeoutMs,
      rateLimiter: undefined,
    }),
    context,
  );
  try {
    const { endpoint } = await target.start();
    await target.openSale({ runId: 'run-1', opensAtMs: Date.now(), closesAtMs: undefined });
    const client = new ReferenceClient(endpoint);
    await visit({ target, client, token: await client.logIn('shopper') });
  } finally {
    await target.stop();
  }
}

/** Lets the queue take nothing while `work` is done. */
async function whileStalled<T>(target: Target, work: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  expect((await target.inject(stall, over.signal)).fired).toBe(true);
  try {
    return await work();
  } finally {
    over.abort();
  }
}

const idle = (target: Target) => until(async () => (await target.inFlight()) === 0);

async function stockOf(target: Target, product = 'cap') {
  const truth = await target.truth();
  const orders = truth?.orders.filter(({ productId }) => productId === product) ?? [];
  return {
    remaining: truth?.products.find(({ id }) => id === product)?.remaining,
    orders: orders.map(({ key, status }) => `${key} ${status}`).sort(),
  };
}

const orderings: readonly PublishOrdering[] = ['publish-or-release', 'publish-or-pending'];

describe.each(orderings)('%s', (ordering) => {
  it('takes the units at once, and the queue makes the order of them', async () => {
    await inShop(ordering, async ({ target, client, token }) => {
      const answers = await Promise.all(['a', 'b', 'a'].map((key) => client.order(token, key)));
      for (const { status } of answers) expect([201, 202]).toContain(status);
      expect(answers[0]?.body['orderId']).toBe(answers[2]?.body['orderId']);
      await idle(target);
      expect(await stockOf(target)).toEqual({
        remaining: 998,
        orders: ['a confirmed', 'b confirmed'],
      });
      expect((await client.order(token, 'a')).status).toBe(201);
      expect((await client.order(token, 'c', 'cap', 999)).status).toBe(409);
      expect((await client.order(token, 'd', 'hat')).status).toBe(404);
    });
  });

  it('gives the units back when the queue decides against the order', async () => {
    await inShop(ordering, async ({ target, client, token }) => {
      // With one key each both come in before either is decided.
      await whileStalled(target, async () => {
        await Promise.all(['a', 'b'].map((key) => client.order(token, key, 'sneaker')));
      });
      await idle(target);
      await until(async () => (await stockOf(target, 'sneaker')).orders.length > 0);
      const { orders, remaining } = await stockOf(target, 'sneaker');
      expect(orders).toHaveLength(1);
      expect(remaining).toBe(ordering === 'publish-or-pending' ? 29 : 31);
    });
  });
});

describe('publishing that takes longer than its timeout and takes effect all the same', () => {
  it('with publish-or-release sells a unit that went back', async () => {
    await inShop('publish-or-release', async ({ target, client, token }) => {
      await whileStalled(target, async () => {
        const { status, body } = await client.order(token, 'k');
        expect([status, body['code']]).toEqual([503, 'overloaded']);
        expect(await stockOf(target)).toEqual({ remaining: 1000, orders: [] });
      });
      await until(async () => (await stockOf(target)).orders.length > 0);
      await idle(target);
      // The buyer was told that nothing was done: there are 1000 units left, and one is sold.
      expect(await stockOf(target)).toEqual({ remaining: 1000, orders: ['k confirmed'] });
    });
  });

  it('with publish-or-pending keeps the unit for the order, and says so all along', async () => {
    await inShop('publish-or-pending', async ({ target, client, token }) => {
      const lookUp = () => client.send('GET', '/orders/by-key/k', { token });
      const orderId = await whileStalled(target, async () => {
        const { status, body } = await client.order(token, 'k');
        expect(status).toBe(202);
        expect((await lookUp()).body).toMatchObject({
          status: 'pending',
          orderId: body['orderId'],
        });
        expect((await client.order(token, 'k')).body).toEqual(body);
        expect((await client.order(token, 'k', 'cap', 2)).status).toBe(422);
        expect(await stockOf(target)).toEqual({ remaining: 999, orders: ['k pending'] });
        expect(await target.inFlight()).toBeGreaterThan(0);
        return body['orderId'];
      });
      await idle(target);
      expect((await lookUp()).body).toMatchObject({ status: 'confirmed', orderId });
      expect(await stockOf(target)).toEqual({ remaining: 999, orders: ['k confirmed'] });
    });
  });
});

describe('a process that dies with the units in its hand', () => {
  const killAt = (failpoint: string) =>
    ({ kind: 'failpoint', failpoint, action: { kind: 'kill' }, hit: 1 }) as const;

  it.each([
    // Nobody knows whose the unit was.
    ['publish-or-release', 'after-decrement', { remaining: 999, orders: [] }],
    ['publish-or-pending', 'after-decrement', { remaining: 1000, orders: [] }],
    // Accepted, and the queue was not told: whoever comes next to the outbox tells it.
    [
      'publish-or-pending',
      'after-commit-before-reply',
      { remaining: 999, orders: ['k confirmed'] },
    ],
  ] as const)('under %s at %s leaves what it should', async (ordering, failpoint, left) => {
    await inShop(ordering, async ({ target, client, token }) => {
      const fault = target.inject(killAt(failpoint), new AbortController().signal);
      await target.inFlight();
      await expect(client.order(token, 'k')).rejects.toThrow();
      expect((await fault).fired).toBe(true);
      await idle(target);
      expect(await stockOf(target)).toEqual(left);
    });
  });
});
