import { describe, expect, it } from 'vitest';
import { type Attempt, keyOf } from '../../../src/history/attempt.ts';
import type { TruthOrder, TruthSnapshot } from '../../../src/history/truth.ts';
import { countRetries } from '../../../src/results/retries.ts';
import { attempt, runId, storeOf } from './outcome-fixture.ts';

/** Attempts of one intent, by the codes that they ended with. */
function tries(intent: number, ...codes: readonly string[]): Attempt[] {
  return codes.map((code, index) => {
    const held = ['circuit-open', 'throttled', 'retry-budget'].includes(code);
    return attempt({
      intent,
      attempt: index + 1,
      code,
      ...(held ? { sentMs: Number.NaN, doneMs: 10, status: 0, outcome: 'fail' } : {}),
    });
  });
}

const order = (intent: number, keyVariant = 0, changes: Partial<TruthOrder> = {}): TruthOrder => ({
  id: `o${intent}.${keyVariant}`,
  key: keyOf(runId, intent, keyVariant),
  userId: `u${intent}`,
  productId: 'sneaker',
  quantity: 1,
  status: 'confirmed',
  ...changes,
});

const truthOf = (...orders: readonly TruthOrder[]): TruthSnapshot => ({
  schemaVersion: 1,
  runId,
  takenAtMs: 0,
  products: [{ id: 'sneaker', initial: 10, remaining: 0 }],
  orders,
});

const count = (attempts: readonly Attempt[], truth?: TruthSnapshot) =>
  countRetries(storeOf(attempts), runId, truth);

describe('attempts per intent', () => {
  it('are a distribution over the intents that began', () => {
    const { summary } = count([
      ...tries(0, 'ok'),
      ...tries(1, 'timeout', 'ok'),
      ...tries(2, 'timeout', 'timeout', 'timeout', 'sold-out'),
      ...tries(3, 'limited', 'ok'),
      // The number 4 never comes: a device that did not click.
      ...tries(5, 'ok'),
    ]);
    expect(summary.attemptsPerIntent).toEqual({
      p50: 2,
      p99: 4,
      max: 4,
      histogram: [0, 2, 2, 0, 1],
    });
  });

  it('leave out what the client itself held back, and begin with those never sent', () => {
    const { summary } = count([
      ...tries(0, 'circuit-open', 'throttled', 'ok'),
      ...tries(1, 'circuit-open', 'circuit-open'),
      ...tries(2, 'timeout', 'retry-budget'),
    ]);
    expect(summary.attemptsPerIntent.histogram).toEqual([1, 2]);
    expect(summary.heldBack).toEqual({ breaker: 3, throttle: 1, budget: 1 });
  });

  it('take a server’s own word for an answer, whatever the word', () => {
    const answered = attempt({ code: 'circuit-open', status: 503, outcome: 'info' });
    const { summary } = count([answered]);
    expect(summary.heldBack.breaker).toBe(0);
    expect(summary.completions).toBe(1);
  });

  it('are none when nobody ordered, and leave out probes and pages', () => {
    const none = { p50: 0, p99: 0, max: 0, histogram: [] };
    expect(count([]).summary.attemptsPerIntent).toEqual(none);
    const others = [attempt({ attempt: 0 }), attempt({ operation: 'page', intent: -1, user: 0 })];
    expect(count(others).summary).toMatchObject({
      attemptsPerIntent: none,
      goodputPerS: 0,
      wastedWork: { lo: 0, hi: 0 },
    });
  });
});

describe('goodput and throughput', () => {
  it('tell answers that were of use from all that came in time', () => {
    const { summary } = count([
      ...tries(0, 'limited', 'overloaded', 'server-error', 'ok'),
      ...tries(1, 'timeout', 'sold-out'),
      ...tries(2, 'reset'),
      attempt({ intent: 3, code: 'pending', status: 202, outcome: 'info' }),
    ]);
    expect([summary.useful, summary.completions, summary.givenUp]).toEqual([3, 6, 1]);
  });

  it('are rates from the first order due to the end of the last', () => {
    const { summary } = count([
      attempt({ intent: 0, dueMs: 0, doneMs: 20 }),
      attempt({ intent: 1, dueMs: 1_000, doneMs: 1_020 }),
      attempt({ intent: 2, dueMs: 3_900, doneMs: 4_000, code: 'limited' }),
    ]);
    expect([summary.goodputPerS, summary.throughputPerS]).toEqual([0.5, 0.75]);
  });

  it('are none of an instant, which has no length', () => {
    const { summary } = count([attempt({ doneMs: 0 })]);
    expect([summary.useful, summary.goodputPerS]).toEqual([1, 0]);
  });
});

describe('wasted work', () => {
  it('is at most all that was given up, and at least what the store proves', () => {
    const attempts = [
      ...tries(0, 'timeout', 'timeout'),
      ...tries(1, 'timeout', 'ok'),
      ...tries(2, 'timeout'),
      ...tries(3, 'ok'),
    ];
    // The order of 0 was made for nobody. That of 1 may have been made by either of its attempts.
    const { summary } = count(attempts, truthOf(order(0), order(1), order(3)));
    expect(summary.wastedWork).toEqual({ lo: 1 / 3, hi: 4 / 6 });
    expect(count(attempts).summary.wastedWork.lo).toBe(0);
  });

  it('counts an order that the store has twice as one, and none of somebody else', () => {
    const truth = truthOf(order(0), order(0), order(0, 0, { key: null }), order(7));
    expect(count(tries(0, 'timeout'), truth).summary.wastedWork).toEqual({ lo: 1, hi: 1 });
  });
});

describe('doubled intents', () => {
  it('have more than one confirmed order in the store, under whatever keys', () => {
    const truth = truthOf(
      order(0),
      order(0, 1),
      order(1),
      order(1),
      order(2),
      order(2, 1, { status: 'cancelled' }),
      order(3),
      // A probe's order, which is nobody's wish.
      order(3, 1_000),
      order(4, 0, { key: 'somebody-else' }),
    );
    const { doubled, summary } = count(tries(0, 'ok'), truth);
    expect(doubled).toEqual({ lo: 2, hi: 2 });
    expect(summary.doubledIntents).toBe(2);
  });

  it('without a store are those acknowledged under two keys, and maybe more', () => {
    const twice = [
      attempt({ intent: 0, attempt: 1, keyVariant: 0 }),
      attempt({ intent: 0, attempt: 2, keyVariant: 1 }),
      attempt({ intent: 1, attempt: 1 }),
      attempt({ intent: 1, attempt: 2 }),
    ];
    expect(count(twice).doubled).toEqual({ lo: 1, hi: 1 });
    expect(count([...twice, ...tries(2, 'timeout')]).doubled).toEqual({ lo: 1, hi: null });
  });
});
