import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createRetryBudget,
  type RetryBudgetOptions,
  retryBudgets,
} from '../../../../src/policies/retries/budgets/registry.ts';

/** What a client tells a budget: a first attempt, a success, a failure with the wish to retry. */
type Step =
  | { readonly kind: 'first' | 'success' | 'failure'; readonly gapMs: number }
  | { readonly kind: 'retried-success'; readonly gapMs: number };

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom('first', 'success', 'retried-success', 'failure'),
    gapMs: fc.nat(300),
  }),
  { maxLength: 400 },
) as fc.Arbitrary<Step[]>;

interface Event {
  readonly kind: 'first' | 'success' | 'failure' | 'retry' | 'refused';
  readonly atMs: number;
}

/** Plays steps and returns everything that happened, retries granted and refused included. */
function play(options: RetryBudgetOptions, played: readonly Step[]): readonly Event[] {
  const budget = createRetryBudget(options);
  const events: Event[] = [];
  let atMs = 0;
  for (const { kind, gapMs } of played) {
    atMs += gapMs;
    if (kind === 'first') budget.firstAttempt(atMs);
    else if (kind === 'failure') budget.failed(atMs);
    else budget.succeeded(atMs, kind === 'success' ? undefined : 'timeout');
    events.push({ kind: kind === 'retried-success' ? 'success' : kind, atMs });
    if (kind !== 'failure') continue;
    events.push({ kind: budget.tryRetry(atMs, 'timeout') ? 'retry' : 'refused', atMs });
  }
  return events;
}

const countOf = (events: readonly Event[], kind: Event['kind']): number =>
  events.filter((event) => event.kind === kind).length;

/** Retries that are granted one after the other at one instant, up to a limit. */
function grants(options: RetryBudgetOptions, limit = 1_000, code = 'timeout'): number {
  const budget = createRetryBudget(options);
  let granted = 0;
  while (granted < limit && budget.tryRetry(0, code)) granted += 1;
  return granted;
}

describe('the ratio budget', () => {
  const finagle = { ratio: 0.2, floorPerS: 10, ttlMs: 10_000 } as const;

  it('has its floor from the start: 10 a second over 10 s are 100 retries', () => {
    expect(grants(finagle)).toBe(100);
  });

  it('grants one retry for every five first attempts without a floor', () => {
    const budget = createRetryBudget({ ...finagle, floorPerS: 0 });
    expect(budget.tryRetry(0, 'timeout')).toBe(false);
    for (let first = 0; first < 10; first += 1) budget.firstAttempt(0);
    expect([1, 2, 3].map(() => budget.tryRetry(0, 'timeout'))).toEqual([true, true, false]);
  });

  it('forgets first attempts after its time to live, and retries with them', () => {
    const budget = createRetryBudget({ ...finagle, floorPerS: 0 });
    for (let first = 0; first < 5; first += 1) budget.firstAttempt(0);
    expect(budget.tryRetry(10_000, 'timeout')).toBe(false);
    const floor = createRetryBudget({ ratio: 0, floorPerS: 1, ttlMs: 1_000 });
    expect([0, 500, 1_000].map((ms) => floor.tryRetry(ms, 'timeout'))).toEqual([true, false, true]);
  });

  it('never exceeds share and floor within any time to live', () => {
    fc.assert(
      fc.property(
        steps,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(0, 1, 7),
        (played, ratio, floorPerS) => {
          const ttlMs = 1_000;
          const events = play({ ratio, floorPerS, ttlMs }, played);
          for (const [index, { kind, atMs }] of events.entries()) {
            if (kind !== 'retry') continue;
            const since = Math.floor(atMs / 100) * 100 - 900;
            const recent = events.slice(0, index + 1).filter((event) => event.atMs >= since);
            const allowed = ratio * countOf(recent, 'first') + floorPerS;
            expect(countOf(recent, 'retry')).toBeLessThanOrEqual(allowed + 1e-6);
          }
        },
      ),
    );
  });
});

describe('the token bucket', () => {
  const options = { type: 'token-bucket', ratio: 0.1, capacity: 5 } as const;

  it('starts full, and is filled by first attempts alone', () => {
    expect(grants(options)).toBe(5);
    const budget = createRetryBudget(options);
    for (let retry = 0; retry < 5; retry += 1) budget.tryRetry(0, 'timeout');
    budget.succeeded(0, undefined);
    for (let first = 0; first < 9; first += 1) budget.firstAttempt(0);
    expect(budget.tryRetry(0, 'timeout')).toBe(false);
    budget.firstAttempt(0);
    expect(budget.tryRetry(0, 'timeout')).toBe(true);
  });

  it('is never fuller than full', () => {
    const budget = createRetryBudget(options);
    for (let first = 0; first < 100; first += 1) budget.firstAttempt(0);
    const tries = Array.from({ length: 6 }, () => budget.tryRetry(0, 'timeout'));
    expect(tries).toEqual([true, true, true, true, true, false]);
  });

  it('never grants more than its capacity and the share of first attempts', () => {
    fc.assert(
      fc.property(
        steps,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 20 }),
        (played, ratio, capacity) => {
          const events = play({ type: 'token-bucket', ratio, capacity }, played);
          const allowed = capacity + ratio * countOf(events, 'first');
          expect(countOf(events, 'retry')).toBeLessThanOrEqual(allowed + 1e-6);
        },
      ),
    );
  });
});

describe('gRPC throttling', () => {
  const options = { type: 'grpc', maxTokens: 10, tokenRatio: 0.1 } as const;

  it('stops at half of the tokens: the fifth failure in a row is not retried', () => {
    const failure = { kind: 'failure', gapMs: 0 } as const;
    const events = play(options, [failure, failure, failure, failure, failure]);
    expect(events.filter(({ kind }) => kind !== 'failure').map(({ kind }) => kind)).toEqual([
      'retry',
      'retry',
      'retry',
      'retry',
      'refused',
    ]);
  });

  it('goes on once successes have brought the tokens above half, and not at half', () => {
    const budget = createRetryBudget(options);
    for (let failure = 0; failure < 6; failure += 1) budget.failed(0);
    for (let success = 0; success < 10; success += 1) budget.succeeded(0, undefined);
    expect(budget.tryRetry(0, 'timeout')).toBe(false);
    budget.succeeded(0, undefined);
    expect(budget.tryRetry(0, 'timeout')).toBe(true);
  });

  it('grants exactly while failures, less what successes gave back, leave more than half', () => {
    fc.assert(
      fc.property(steps, (played) => {
        let tokens = 10_000;
        for (const { kind } of play(options, played)) {
          if (kind === 'success') tokens = Math.min(10_000, tokens + 100);
          else if (kind === 'failure') tokens = Math.max(0, tokens - 1_000);
          else if (kind !== 'first') expect(kind).toBe(tokens > 5_000 ? 'retry' : 'refused');
        }
      }),
    );
  });
});

describe('the quota of the AWS SDKs', () => {
  const options = {
    type: 'quota',
    capacity: 500,
    retryCost: 5,
    timeoutCost: 10,
    successRefill: 1,
  } as const;

  it('pays for 100 retries, or 50 after timeouts', () => {
    expect(grants(options, 1_000, 'server-error')).toBe(100);
    expect(grants(options, 1_000, 'timeout')).toBe(50);
  });

  it('gets back what a retry cost when it succeeds, and 1 for a first attempt', () => {
    const budget = createRetryBudget({ ...options, capacity: 10 });
    expect(budget.tryRetry(0, 'timeout')).toBe(true);
    budget.succeeded(0, undefined);
    expect(budget.tryRetry(0, 'server-error')).toBe(false);
    budget.succeeded(0, 'timeout');
    expect(budget.tryRetry(0, 'timeout')).toBe(true);
  });

  it('never has more out than its capacity', () => {
    fc.assert(
      fc.property(steps, (played) => {
        let tokens = 500;
        for (const { kind } of play({ ...options, successRefill: 0 }, played)) {
          if (kind === 'retry') tokens -= 10;
          if (kind === 'success') tokens = Math.min(500, tokens + 10);
          expect(tokens).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});

describe('the failure rate', () => {
  const options = { type: 'failure-rate', threshold: 0.1, windowMs: 10_000 } as const;

  it('grants retries up to the threshold, that included', () => {
    const budget = createRetryBudget(options);
    for (let first = 0; first < 20; first += 1) budget.firstAttempt(0);
    const tries = [1, 2, 3].map(() => {
      budget.failed(0);
      return budget.tryRetry(0, 'timeout');
    });
    expect(tries).toEqual([true, true, false]);
    expect(budget.tryRetry(11_000, 'timeout')).toBe(true);
  });
});

it('names every budget by its key', () => {
  for (const [name, entry] of Object.entries(retryBudgets)) {
    expect([name, entry.describe.length > 0]).toEqual([entry.name, true]);
  }
});
