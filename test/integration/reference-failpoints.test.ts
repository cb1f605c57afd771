import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { controlProductId } from '../../src/targets/reference/control-product.ts';
import type { FailpointName } from '../../src/targets/reference/failpoints.ts';
import type { StockStrategyName } from '../../src/targets/reference/stock/registry.ts';
import { createReferenceTarget } from '../../src/targets/reference/target.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/targets/stores/embedded-postgres.ts';
import type { FailpointFault, InjectedFault, Target } from '../../src/targets/target.ts';
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
  strategy: StockStrategyName,
  visit: (shop: Shop) => Promise<void>,
): Promise<void> {
  const stock = { strategy, store: 'postgres' } as const;
  const options = referenceOptions(postgres.connection, { stock, rateLimiter: undefined });
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

const killAt = (failpoint: FailpointName, hit = 1): FailpointFault => ({
  kind: 'failpoint',
  failpoint,
  action: { kind: 'kill' },
  hit,
});

const pauseAt = (failpoint: FailpointName, durationMs: number): FailpointFault => ({
  kind: 'failpoint',
  failpoint,
  action: { kind: 'pause', durationMs },
  hit: 1,
});

/** Arms a failpoint; every server process knows of it when this resolves. */
async function armed(
  target: Target,
  fault: FailpointFault,
  over: AbortSignal = never,
): Promise<{ readonly outcome: Promise<InjectedFault> }> {
  const outcome = target.inject(fault, over);
  // The question goes the same way after the failpoint, and every process has answered it.
  await target.inFlight();
  return { outcome };
}

/** The answer's status, or `lost` when the connection broke before there was one. */
const statusOf = ({ client, token }: Shop, key: string): Promise<number | 'lost'> =>
  client.order(token, key).then(
    ({ status }) => status,
    () => 'lost',
  );

async function capsLeft(target: Target): Promise<{ remaining: number; orders: number }> {
  const truth = await target.truth();
  const cap = truth?.products.find(({ id }) => id === 'cap');
  return { remaining: cap?.remaining ?? Number.NaN, orders: truth?.orders.length ?? 0 };
}

describe('a failpoint that kills', () => {
  it('takes the process that comes there as the n-th of all, and no other', async () => {
    await inShop('conditional-update', async (shop) => {
      const { target } = shop;
      const pids = target.processIds();
      const { outcome } = await armed(target, killAt('after-decrement', 3));
      const statuses = [];
      for (const key of ['a', 'b', 'c']) statuses.push(await statusOf(shop, key));
      expect(statuses).toEqual([201, 201, 'lost']);
      const { fired, detail } = await outcome;
      expect(fired).toBe(true);
      expect(detail).toMatch(/^killed server process \d \(pid \d+\) at hit 3 of after-decrement$/);
      await until(() => target.processIds().some((pid) => !pids.includes(pid)));
      expect(target.processIds().filter((pid) => !pids.includes(pid))).toHaveLength(1);
      await until(() => shop.client.answers());
      expect(await statusOf(shop, 'd')).toBe(201);
      expect(target.incidents()).toEqual([]);
      // What the dead one had taken is undone with its transaction.
      expect(await capsLeft(target)).toEqual({ remaining: 997, orders: 3 });
    });
  });

  it.each([
    ['after-decrement', 1000, 0],
    ['before-commit', 1000, 0],
    ['holding-lock', 1000, 0],
    ['after-commit-before-reply', 999, 1],
  ] as const)(
    '%s of select-for-update leaves %i units and %i orders, and the retry gets one order',
    async (failpoint, remaining, orders) => {
      await inShop('select-for-update', async (shop) => {
        const { outcome } = await armed(shop.target, killAt(failpoint));
        expect(await statusOf(shop, 'k')).toBe('lost');
        expect((await outcome).fired).toBe(true);
        expect(await capsLeft(shop.target)).toEqual({ remaining, orders });
        await until(() => shop.client.answers());
        expect(await statusOf(shop, 'k')).toBe(201);
        expect(await capsLeft(shop.target)).toEqual({ remaining: 999, orders: 1 });
      });
    },
  );

  it('between stock and order strands the units of conditional-update-split', async () => {
    await inShop('conditional-update-split', async (shop) => {
      const { outcome } = await armed(shop.target, killAt('after-decrement'));
      expect(await statusOf(shop, 'k')).toBe('lost');
      expect((await outcome).fired).toBe(true);
      expect(await capsLeft(shop.target)).toEqual({ remaining: 999, orders: 0 });
    });
  });

  it('is not for the positive control', async () => {
    await inShop('conditional-update', async ({ target, client, token }) => {
      await target.control(5);
      const over = new AbortController();
      const { outcome } = await armed(target, killAt('after-decrement'), over.signal);
      expect((await client.order(token, 'c', controlProductId)).status).toBe(201);
      over.abort();
      expect(await outcome).toEqual({
        fired: false,
        detail: 'nothing came to the failpoint after-decrement',
      });
    });
  });
});

describe('a failpoint that pauses', () => {
  it('holds the process where it is, with its lock, and lets it go on', async () => {
    await inShop('select-for-update', async (shop) => {
      const startMs = performance.now();
      const { outcome } = await armed(shop.target, pauseAt('holding-lock', 400));
      const held = ['a', 'b', 'c', 'd'].map((key) => statusOf(shop, key));
      expect((await outcome).detail).toMatch(
        /^paused server process \d .* at hit 1 of holding-lock$/,
      );
      expect(await Promise.all(held)).toEqual([201, 201, 201, 201]);
      expect(performance.now() - startMs).toBeGreaterThanOrEqual(400);
      expect(await capsLeft(shop.target)).toEqual({ remaining: 996, orders: 4 });
    });
  });

  it('ends its pause when the sale is over', async () => {
    await inShop('select-for-update', async (shop) => {
      const over = new AbortController();
      const { outcome } = await armed(shop.target, pauseAt('holding-lock', 600_000), over.signal);
      const held = statusOf(shop, 'k');
      expect((await outcome).fired).toBe(true);
      over.abort();
      expect(await held).toBe(201);
      expect(await shop.target.inFlight()).toBe(0);
    });
  });

  it('leaves nothing running when the server is stopped meanwhile', async () => {
    let pids: readonly number[] = [];
    await inShop('select-for-update', async (shop) => {
      const { outcome } = await armed(shop.target, pauseAt('holding-lock', 600_000));
      const held = statusOf(shop, 'k');
      expect((await outcome).fired).toBe(true);
      pids = shop.target.processIds();
      await shop.target.stop();
      // Whoever is paused is let go before it is ended, and may come to its answer in between.
      expect(['lost', 201]).toContain(await held);
    });
    expect(pids).toHaveLength(3);
    for (const pid of pids) await until(() => !isRunning(pid));
  });

  it('leaves nothing running when the primary dies meanwhile', async () => {
    await inShop('select-for-update', async (shop) => {
      const { outcome } = await armed(shop.target, pauseAt('holding-lock', 600_000));
      const held = statusOf(shop, 'k');
      expect((await outcome).fired).toBe(true);
      const pids = shop.target.processIds();
      process.kill(pids[0] ?? 0, 'SIGKILL');
      for (const pid of pids) await until(() => !isRunning(pid));
      expect(await held).toBe('lost');
    });
  });
});

describe('a failpoint that nobody comes to', () => {
  it('does not fire, and says how far it came', async () => {
    await inShop('conditional-update', async (shop) => {
      const over = new AbortController();
      const { outcome } = await armed(shop.target, killAt('before-commit', 5), over.signal);
      const other = shop.target.inject(killAt('holding-lock'), over.signal);
      expect(await statusOf(shop, 'a')).toBe(201);
      expect(await statusOf(shop, 'b')).toBe(201);
      over.abort();
      expect(await outcome).toEqual({
        fired: false,
        detail: 'the failpoint before-commit was reached 2 times, and fires at hit 5',
      });
      expect(await other).toEqual({
        fired: false,
        detail: 'nothing came to the failpoint holding-lock',
      });
      expect(await statusOf(shop, 'c')).toBe(201);
    });
  });

  it('that there is not does not fire either', async () => {
    await inShop('conditional-update', async ({ target }) => {
      const fault = { ...killAt('holding-lock'), failpoint: 'after-lunch' };
      expect(await target.inject(fault, never)).toEqual({
        fired: false,
        detail: 'there is no failpoint `after-lunch`',
      });
    });
  });
});
