import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nsPerMs } from '../../../src/core/clock.ts';
import { HistoryBuilder } from '../../helpers/history-builder.ts';
import { ours, resultOf } from '../../helpers/invariant-cases.ts';

/** The sale is open from 10 s to 30 s on the wall clock, the run's epoch. */
const [opensMs, closesMs] = [10_000, 30_000];
const epoch = { seconds: 0, nanoseconds: 0, wallMs: 0 };

/** What a store does with an instant that is finer than it keeps. */
const cuts = { down: Math.floor, nearest: Math.round } as const;

interface Order {
  readonly sentMs: number;
  /** From 0 at the sending to 1 at the answer: the decision, and the row after it. */
  readonly decided: number;
  readonly written: number;
  readonly tookMs: number;
  readonly fate: 'answered' | 'answer-lost' | 'tried-again' | 'accepted';
}

/** A server whose clock is right to `toleranceMs`, as is its store's, and a store that keeps whole units. */
interface Shop {
  readonly toleranceMs: number;
  /** How far the clocks are ahead, as a share of the tolerance. */
  readonly serverAhead: number;
  readonly storeAhead: number;
  readonly unitMs: number;
  readonly cut: keyof typeof cuts;
  readonly orders: readonly Order[];
}

const share = fc.double({ min: 0, max: 1, noNaN: true });
const drift = fc.oneof(fc.constantFrom(-1, 0, 1), fc.double({ min: -1, max: 1, noNaN: true }));

const order: fc.Arbitrary<Order> = fc.record({
  // Most of them near the opening or the closing.
  sentMs: fc.oneof(
    fc.double({ min: opensMs - 3_000, max: opensMs + 100, noNaN: true }),
    fc.double({ min: closesMs - 1_000, max: closesMs + 100, noNaN: true }),
    fc.double({ min: 5_000, max: 35_000, noNaN: true }),
  ),
  decided: share,
  written: share,
  tookMs: fc.oneof(fc.constant(1), fc.double({ min: 0.1, max: 4_000, noNaN: true })),
  fate: fc.constantFrom('answered', 'answered', 'answer-lost', 'tried-again', 'accepted'),
});

const shops: fc.Arbitrary<Shop> = fc.record({
  toleranceMs: fc.constantFrom(1, 20, 300),
  serverAhead: drift,
  storeAhead: drift,
  unitMs: fc.constantFrom(1, 10, 1000),
  cut: fc.constantFrom('down' as const, 'nearest' as const),
  orders: fc.array(order, { minLength: 1, maxLength: 12 }),
});

const decidedMs = ({ sentMs, tookMs, decided }: Order): number => sentMs + tookMs * decided;

/** Plays the orders of a shop. Without `times` the store does not say when they were made. */
function saleWindowOf(shop: Shop, orders: readonly Order[], times: boolean) {
  const { toleranceMs, storeAhead, unitMs, cut } = shop;
  const run = new HistoryBuilder({ stock: 99 });
  run.promising({ opensAtMs: opensMs, closesAtMs: closesMs, clockToleranceMs: toleranceMs });
  for (const [intent, one] of orders.entries()) {
    const { sentMs, tookMs, written, fate } = one;
    const answered = { sentNs: sentMs * nsPerMs, doneNs: (sentMs + tookMs) * nsPerMs };
    if (fate === 'answered') run.acknowledged(intent, answered);
    else if (fate === 'accepted') run.accepted(intent, answered).status(intent, 'confirmed');
    else run.timedOut(intent, answered);
    if (fate === 'tried-again') {
      const sentAgainNs = answered.doneNs + 50 * nsPerMs;
      const doneNs = sentAgainNs + nsPerMs;
      run.acknowledged(intent, { attempt: 2, sentNs: sentAgainNs, doneNs });
    }
    const rowMs = decidedMs(one) + (sentMs + tookMs - decidedMs(one)) * written;
    const toldMs = cuts[cut]((rowMs + storeAhead * toleranceMs) / unitMs) * unitMs;
    run.row({
      id: `o${intent}`,
      key: ours(intent),
      userId: `u${intent}`,
      ...(times ? { createdAtMs: toldMs } : {}),
    });
  }
  return resultOf(run.evidence({ epoch, openingNs: opensMs * nsPerMs }), 'saleWindow');
}

/** As the server sees it by its own clock. */
function isWithinHours({ toleranceMs, serverAhead }: Shop, one: Order): boolean {
  const byServerMs = decidedMs(one) + serverAhead * toleranceMs;
  return byServerMs >= opensMs && byServerMs < closesMs;
}

/** Decided and written so long before the opening that no doubt about the clocks can hide it. */
function isSurelyEarly({ toleranceMs, unitMs }: Shop, one: Order): boolean {
  const { sentMs, tookMs, written } = one;
  const rowMs = decidedMs(one) + (sentMs + tookMs - decidedMs(one)) * written;
  return rowMs < opensMs - 3 * toleranceMs - 2 * unitMs;
}

/** An order in the middle of the sale that shows the store's clock. */
const witness: Order = {
  sentMs: 20_000,
  decided: 0.5,
  written: 0,
  tookMs: 1,
  fate: 'answered',
};

const runs = { numRuns: 2_000 };

describe('saleWindow by the times of the store', () => {
  it('never accuses an order that was decided within the hours', () => {
    fc.assert(
      fc.property(shops, (shop) => {
        const rightful = shop.orders.filter((one) => isWithinHours(shop, one));
        const { lo, reason } = saleWindowOf(shop, rightful, true);
        expect(lo, reason).toBe(0);
        // The clocks are right.
        expect(reason ?? '').not.toContain('off by about');
        expect(reason ?? '').not.toContain('no clock explains');
      }),
      runs,
    );
  });

  it('finds every order that was made surely before the opening', () => {
    fc.assert(
      fc.property(shops, (shop) => {
        const orders = [...shop.orders, witness];
        const { lo, reason } = saleWindowOf(shop, orders, true);
        const early = orders.filter((one) => isSurelyEarly(shop, one)).length;
        expect(lo, reason).toBeGreaterThanOrEqual(early);
      }),
      runs,
    );
  });

  it('finds whatever is found without times', () => {
    fc.assert(
      fc.property(shops, (shop) => {
        const orders = [...shop.orders, witness];
        const [withTimes, without] = [true, false].map((times) =>
          saleWindowOf(shop, orders, times),
        );
        expect(withTimes?.lo).toBeGreaterThanOrEqual(without?.lo ?? 0);
      }),
      runs,
    );
  });

  it('finds what a server sells 300 ms early, which takes as long to answer', () => {
    const early = fc.record({
      sentMs: fc.double({ min: opensMs - 300, max: opensMs - 50, noNaN: true }),
      decided: fc.constant(0),
      written: fc.constant(0),
      tookMs: fc.constant(400),
      fate: fc.constant('answered' as const),
    });
    const shop = { toleranceMs: 2, serverAhead: 0, storeAhead: 1, unitMs: 1, cut: 'down' } as const;
    fc.assert(
      fc.property(fc.array(early, { minLength: 1, maxLength: 8 }), (orders) => {
        const all = [...orders, witness];
        expect(saleWindowOf({ ...shop, orders }, all, true).lo).toBe(orders.length);
        const { verdict, lo, reason } = saleWindowOf({ ...shop, orders }, all, false);
        expect([verdict, lo]).toEqual(['pass', 0]);
        expect(reason).toContain('that either is right');
      }),
    );
  });
});
