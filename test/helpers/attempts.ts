import fc from 'fast-check';
import type { Attempt } from '../../src/history/attempt.ts';
import type { AttemptStore } from '../../src/history/store.ts';
import { operations, outcomeClasses } from '../../src/history/vocabulary.ts';

const ns = fc.integer({ min: 0, max: 10 ** 13 });
const neverOr = (value: fc.Arbitrary<number>) => fc.oneof(fc.constant(Number.NaN), value);

/** Any attempt that the engine could record. */
export function anyAttempt(): fc.Arbitrary<Attempt> {
  const columns = fc.record({
    operation: fc.constantFrom(...operations),
    user: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    device: fc.nat(255),
    intent: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
    attempt: fc.integer({ min: 1, max: 65_535 }),
    keyVariant: fc.nat(65_535),
    product: fc.integer({ min: -1, max: 32_767 }),
    quantity: fc.nat(65_535),
    scheduledNs: fc.double({ min: 0, max: 1e13, noNaN: true }),
    status: fc.constantFrom(0, 200, 201, 409, 429, 503),
    outcome: fc.constantFrom(...outcomeClasses),
    code: fc.oneof(fc.constantFrom('ok', 'sold-out', 'timeout'), fc.string({ unit: 'grapheme' })),
    orderId: fc.option(fc.string({ unit: 'grapheme' }), { nil: undefined }),
    remaining: fc.option(fc.integer({ min: -1_000, max: 10 ** 6 }), { nil: undefined }),
    retryAfterMs: fc.option(fc.nat(10 ** 8), { nil: undefined }),
    instance: fc.constantFrom('', 'p1', 'p2'),
    connection: fc.integer({ min: -1, max: 10 ** 6 }),
    worker: fc.nat(300),
  });
  const times = fc
    .tuple(neverOr(ns), neverOr(fc.nat(2 ** 24)), fc.nat(2 ** 24))
    .map(([sentNs, waitNs, restNs]) => {
      const firstByteNs = sentNs + waitNs;
      const startNs = Number.isNaN(sentNs) ? 0 : sentNs;
      const waitedNs = Number.isNaN(waitNs) ? 0 : waitNs;
      return { sentNs, firstByteNs, doneNs: startNs + waitedNs + restNs };
    });
  return fc.tuple(columns, times).map(([column, time]) => ({ ...column, ...time }));
}

/** All attempts of a store as objects of their own. */
export function attemptsOf(store: AttemptStore): Attempt[] {
  const all: Attempt[] = [];
  store.forEach((attempt) => all.push(attempt.toAttempt()));
  return all;
}
