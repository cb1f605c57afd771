import { expect } from 'vitest';
import { type Answer, countOf, type Shop } from './shop.ts';

/** A fault as anybody can see it with plain requests, without flashsim. */
export interface Fault {
  readonly sale?: Parameters<typeof Shop.open>[1];
  readonly show: (shop: Shop) => Promise<void>;
}

/** Asks until the answer is as wanted; the test's timeout is the limit. */
async function until<T>(ask: () => Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
  }
}

/** The fault of every wrong server, by name. */
export const faults: Readonly<Record<string, Fault>> = {
  'accepted-never-resolved': {
    show: async (shop) => {
      await shop.queue(5);
      // Decisions are made in order: once the fifth is there, the fourth was passed over.
      const { orders } = await until(
        () => shop.truth(),
        (truth) => truth.orders.filter(({ status }) => status === 'confirmed').length === 4,
      );
      expect(orders.find(({ key }) => key === 'queue-3')?.status).toBe('pending');
    },
  },
  'booked-on-another-account': {
    show: async (shop) => {
      await shop.queue(4);
      const { orders } = await shop.truth();
      expect(orders.find(({ key }) => key === 'queue-3')?.userId).toBe('queue-2');
    },
  },
  'bucket-too-deep': { show: (shop) => letsThrough(shop, 4) },
  'cancel-counted-twice': {
    show: async (shop) => {
      const token = await shop.login('u');
      await shop.cancel(token, await shop.order(token, 'k'));
      expect(await shop.remaining()).toBe(11);
    },
  },
  'cancel-ignored': {
    show: async (shop) => {
      const token = await shop.login('u');
      const ordered = await shop.order(token, 'k');
      expect((await shop.cancel(token, ordered)).body['status']).toBe('cancelled');
      expect((await shop.status(token, 'k')).body['status']).toBe('confirmed');
    },
  },
  'cap-ignored': {
    show: async (shop) => {
      for (const device of ['a', 'b', 'c']) await shop.login('u', device);
      expect((await shop.truth()).sessions.aliveMaxPerUser).toBe(3);
    },
  },
  'commit-without-answer': {
    sale: { stock: 3 },
    show: async (shop) => {
      const token = await shop.login('u');
      expect((await shop.order(token, 'k')).status).toBe(0);
      await shop.queue(2);
      expect((await shop.order(token, 'k')).code).toBe('sold-out');
      expect((await shop.status(token, 'k')).status).toBe(200);
    },
  },
  'created-without-commit': {
    show: async (shop) => {
      expect(countOf(await shop.queue(4), 201)).toBe(4);
      expect(await shop.sold()).toBe(3);
    },
  },
  'duplicate-by-race': {
    show: async (shop) => {
      const token = await shop.login('u');
      await Promise.all([shop.order(token, 'k'), shop.order(token, 'k')]);
      expect((await shop.truth()).orders.map(({ key }) => key)).toEqual(['k', 'k']);
    },
  },
  'duplicate-row-per-key': {
    show: async (shop) => {
      await shop.queue(3);
      expect((await shop.truth()).orders.filter(({ key }) => key === 'queue-2').length).toBe(2);
    },
  },
  'evicted-device-still-served': {
    show: async (shop) => {
      const [first] = [await shop.login('u', 'a'), await shop.login('u', 'b')];
      await shop.login('u', 'c');
      expect((await shop.truth()).sessions.evicted).toBe(1);
      expect((await shop.page(first)).status).toBe(200);
    },
  },
  'fails-open-when-store-down': {
    sale: { opensInMs: 0 },
    show: (shop) => letsThrough(shop, 6),
  },
  'key-reuse-accepted': {
    show: async (shop) => {
      const token = await shop.login('u');
      const first = await shop.order(token, 'k', 1);
      const second = await shop.order(token, 'k', 2);
      expect(second.status).toBe(201);
      expect(second.body['orderId']).toBe(first.body['orderId']);
    },
  },
  'leaks-stock': {
    show: async (shop) => {
      expect(countOf(await shop.queue(6), 'overloaded')).toBe(1);
      expect((await shop.sold()) + (await shop.remaining())).toBe(9);
    },
  },
  'ledger-lost-update': {
    show: async (shop) => {
      await shop.rush(20);
      const after = (await shop.truth()).ledger.map(({ stockAfter }) => stockAfter);
      expect(after.length).toBe(10);
      expect(new Set(after).size).toBeLessThan(10);
      expect(await shop.remaining()).toBe(0);
    },
  },
  'limit-by-race': {
    sale: { limitPerUser: 1 },
    show: async (shop) => {
      const tokens = [await shop.login('u', 'a'), await shop.login('u', 'b')];
      await Promise.all(tokens.map((token, device) => shop.order(token, `k${device}`)));
      expect(await shop.sold()).toBe(2);
      expect((await shop.order(tokens[0] ?? '', 'k2')).code).toBe('limit-per-user');
    },
  },
  'limit-skipped-on-second-device': {
    sale: { limitPerUser: 1 },
    show: async (shop) => {
      const tokens = [await shop.login('u', 'a'), await shop.login('u', 'b')];
      for (const token of tokens) await shop.order(token, token);
      expect(await shop.sold()).toBe(2);
      expect((await shop.order(tokens[0] ?? '', 'k2')).code).toBe('limit-per-user');
    },
  },
  'limiter-double-at-edge': {
    show: async (shop) => {
      const firstMs = performance.now();
      await letsThrough(shop, 2);
      // A window ends at the 60th request: two in each half get through.
      const token = await shop.login('v');
      const answers = await Promise.all(Array.from({ length: 100 }, () => shop.page(token)));
      expect(countOf(answers, 200)).toBe(4);
      expect(performance.now() - firstMs).toBeLessThan(300);
    },
  },
  'limiter-too-strict': { show: (shop) => letsThrough(shop, 1) },
  'loses-cancelled-units': {
    show: async (shop) => {
      const token = await shop.login('u');
      await shop.cancel(token, await shop.order(token, 'k'));
      expect((await shop.sold()) + (await shop.remaining())).toBe(9);
    },
  },
  'not-open-after-opening': {
    sale: { opensInMs: 300 },
    show: async (shop) => {
      const token = await shop.login('u');
      const opensAtMs = Number((await shop.page(token)).body['opensAt']);
      let sentMs = 0;
      const order = (): Promise<Answer> => {
        sentMs = Date.now();
        return shop.order(token, 'k');
      };
      const first = await until(order, () => sentMs >= opensAtMs);
      expect(first.code).toBe('not-open');
    },
  },
  'over-eviction': {
    show: async (shop) => {
      for (const device of ['a', 'b', 'c']) await shop.login('u', device);
      expect((await shop.truth()).sessions.alive).toBe(1);
    },
  },
  'oversell-by-fresh-key': {
    show: async (shop) => {
      expect(countOf(await shop.queue(12), 201)).toBe(10);
      expect(await shop.sold()).toBe(13);
    },
  },
  'oversell-by-race': {
    show: async (shop) => {
      await shop.rush(30);
      expect(await shop.sold()).toBeGreaterThan(10);
      expect(await shop.remaining()).toBeGreaterThanOrEqual(0);
    },
  },
  'oversell-by-two-caches': {
    show: async (shop) => {
      expect(countOf(await shop.queue(25), 201)).toBe(20);
    },
  },
  'phantom-rows': {
    show: async (shop) => {
      await shop.queue(5);
      expect(await shop.sold()).toBe(6);
    },
  },
  'refuses-although-it-sold': {
    show: async (shop) => {
      expect(countOf(await shop.queue(5), 'sold-out')).toBe(1);
      expect(await shop.sold()).toBe(5);
    },
  },
  'remaining-told-twice': {
    show: async (shop) => {
      const told = (await shop.queue(4)).map(({ body }) => body['remaining']);
      expect(told).toEqual([9, 8, 7, 7]);
    },
  },
  'sells-after-closing': {
    sale: { closesInMs: -100 },
    show: async (shop) => {
      expect((await shop.order(await shop.login('u'), 'k')).status).toBe(201);
    },
  },
  'sells-before-opening': {
    sale: { opensInMs: 60_000 },
    show: async (shop) => {
      expect((await shop.order(await shop.login('u'), 'k')).status).toBe(201);
    },
  },
  'sold-out-flag-sticks': {
    show: async (shop) => {
      await shop.queue(11);
      await shop.restock(5);
      expect(countOf(await shop.queue(3, 'late'), 'sold-out')).toBe(3);
      expect(await shop.remaining()).toBe(5);
    },
  },
  'sold-out-then-sold-again': {
    show: async (shop) => {
      const codes = (await shop.queue(6)).map(({ status }) => status);
      expect(codes).toEqual([201, 201, 201, 201, 409, 201]);
    },
  },
  'sold-out-with-stock-left': {
    show: async (shop) => {
      expect(countOf(await shop.queue(8), 'sold-out')).toBe(3);
      expect(await shop.remaining()).toBe(5);
    },
  },
  'status-changes-after-final': {
    show: async (shop) => {
      const token = await shop.login('u');
      await shop.order(token, 'k');
      const told: unknown[] = [];
      await until(
        async () => {
          const status = (await shop.status(token, 'k')).body['status'];
          if (told.at(-1) !== status) told.push(status);
          return status;
        },
        (status) => status === 'cancelled',
      );
      expect(told.slice(-2)).toEqual(['confirmed', 'cancelled']);
    },
  },
  'stock-column-negative': {
    show: async (shop) => {
      expect(countOf(await shop.queue(12), 201)).toBe(10);
      expect(await shop.remaining()).toBe(-2);
    },
  },
  'two-order-ids-for-one-key': {
    show: async (shop) => {
      const token = await shop.login('u');
      const accepted = await shop.order(token, 'k');
      const made = await until(
        () => shop.status(token, 'k'),
        ({ body }) => body['status'] === 'confirmed',
      );
      expect(made.body['orderId']).not.toBe(accepted.body['orderId']);
    },
  },
};

/** Of six requests of one person, this many get past the rate limit. */
async function letsThrough(shop: Shop, admitted: number): Promise<void> {
  const token = await shop.login('u');
  const answers = await Promise.all(Array.from({ length: 6 }, () => shop.page(token)));
  expect(countOf(answers, 'limited')).toBe(6 - admitted);
}
