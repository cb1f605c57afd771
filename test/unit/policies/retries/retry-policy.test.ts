import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffs } from '../../../../src/policies/retries/backoffs/registry.ts';
import { jitters } from '../../../../src/policies/retries/jitters/registry.ts';
import {
  type FailedAttempt,
  type RetryOptions,
  retryWait,
} from '../../../../src/policies/retries/retry-policy.ts';

const options: RetryOptions = {
  maxAttempts: 5,
  backoff: { initial: 100, multiplier: 2, max: 500 },
  jitter: 'none',
  honorRetryAfter: true,
};
const always = (value: number) => ({ next: () => value });
const failed = (attempts: number, given: Partial<FailedAttempt> = {}): FailedAttempt => ({
  attempts,
  code: 'timeout',
  retryAfterMs: undefined,
  previousWaitMs: undefined,
  ...given,
});
const delayMs = (changes: Partial<RetryOptions>, attempt: FailedAttempt, chance = 0) =>
  retryWait({ ...options, ...changes }, attempt, always(chance))?.delayMs;

describe('retryWait', () => {
  it.each([
    [1, 100],
    [2, 200],
    [3, 400],
    [4, 500],
  ])('backs off exponentially up to the cap: after attempt %d waits %d ms', (attempts, ms) => {
    expect(delayMs({}, failed(attempts))).toBe(ms);
  });

  it('waits the same each time with a fixed backoff, and not at all with none', () => {
    const waits = (backoff: RetryOptions['backoff']) =>
      [1, 2, 3].map((attempts) => delayMs({ backoff }, failed(attempts)));
    expect(waits({ type: 'fixed', delay: 70 })).toEqual([70, 70, 70]);
    expect(waits({ type: 'none' })).toEqual([0, 0, 0]);
  });

  it('gives up when the attempts are used up', () => {
    expect(delayMs({}, failed(5))).toBeUndefined();
  });

  it.each([
    'timeout',
    'reset',
    'server-error',
    'in-progress',
    'limited',
    'overloaded',
    'not-open',
    'connect-failed',
    'circuit-open',
    'throttled',
  ])('tries again after %s', (code) => expect(delayMs({}, failed(1, { code }))).toBe(100));

  it.each([
    'sold-out',
    'limit-per-user',
    'unauthorized',
    'key-reuse',
    'closed',
    'bad-request',
    'retry-budget',
    'anything-else',
  ])('takes %s for an answer', (code) => expect(delayMs({}, failed(1, { code }))).toBeUndefined());

  it('puts the backoff on top of Retry-After, unless told to ignore it', () => {
    const limited = failed(1, { code: 'limited', retryAfterMs: 1_000 });
    expect(delayMs({}, limited)).toBe(1_100);
    expect(delayMs({ honorRetryAfter: false }, limited)).toBe(100);
    expect(delayMs({ jitter: 'full' }, limited, 0.25)).toBe(1_025);
  });

  it('leaves what the server asked for out of what decorrelated jitter goes on from', () => {
    const limited = failed(1, { code: 'limited', retryAfterMs: 1_000 });
    expect(retryWait(options, limited, always(0))).toEqual({ delayMs: 1_100, waitMs: 100 });
  });

  it.each([
    ['none', 0.25, 200],
    ['equal', 0.25, 125],
    ['full', 0.25, 50],
    ['decorrelated', 0.25, 100 + 0.25 * (3 * 80 - 100)],
  ] as const)('%s jitter of a backoff of 200 ms at a chance of %d waits %d ms', (jitter, u, ms) => {
    expect(delayMs({ jitter }, failed(2, { previousWaitMs: 80 }), u)).toBe(ms);
  });

  it('draws the first decorrelated wait from the shortest, and caps it', () => {
    const jitter = 'decorrelated' as const;
    expect(delayMs({ jitter }, failed(1), 0.5)).toBe(200);
    expect(delayMs({ jitter }, failed(3, { previousWaitMs: 450 }), 0.9)).toBe(500);
  });

  it('waits no longer than the backoff, however small that is', () => {
    const smallest = 3 * Number.MIN_VALUE;
    const options = {
      backoffMs: smallest,
      previousMs: undefined,
      leastMs: smallest,
      mostMs: smallest,
    };
    expect(jitters.equal.waitMs(options, always(0.999))).toBeLessThanOrEqual(smallest);
  });

  it('keeps every wait within the bounds of its backoff and jitter', () => {
    const backoff = fc
      .record({
        type: fc.constant('exponential' as const),
        initial: fc.double({ min: 0, max: 5_000, noNaN: true }),
        multiplier: fc.double({ min: 1, max: 10, noNaN: true }),
        more: fc.double({ min: 0, max: 60_000, noNaN: true }),
      })
      .map(({ more, ...rest }) => ({ ...rest, max: rest.initial + more }));
    fc.assert(
      fc.property(
        fc.oneof(
          backoff,
          fc.record({
            type: fc.constant('fixed' as const),
            delay: fc.double({ min: 0, max: 9_000, noNaN: true }),
          }),
          fc.constant({ type: 'none' as const }),
        ),
        fc.constantFrom('none', 'equal', 'full', 'decorrelated'),
        fc.array(fc.double({ min: 0, max: 0.999999, noNaN: true }), {
          minLength: 1,
          maxLength: 20,
        }),
        (chosen, jitter, chances) => {
          let previousWaitMs: number | undefined;
          chances.forEach((chance, index) => {
            const wait = retryWait(
              { maxAttempts: 100, backoff: chosen, jitter, honorRetryAfter: true },
              failed(index + 1, { previousWaitMs }),
              always(chance),
            );
            const fixed = chosen.type === 'fixed' ? chosen.delay : 0;
            const most = chosen.type === 'exponential' ? chosen.max : fixed;
            const least = chosen.type === 'exponential' ? chosen.initial : fixed;
            expect(wait?.waitMs).toBeLessThanOrEqual(most);
            const floor = { none: least, equal: least / 2, full: 0, decorrelated: least }[jitter];
            expect(wait?.waitMs).toBeGreaterThanOrEqual(floor);
            previousWaitMs = wait?.waitMs;
          });
        },
      ),
    );
  });

  it('names every backoff and jitter by its key', () => {
    for (const [name, { name: own, describe: line }] of Object.entries({
      ...backoffs,
      ...jitters,
    })) {
      expect([name, line.length > 0]).toEqual([own, true]);
    }
  });
});
