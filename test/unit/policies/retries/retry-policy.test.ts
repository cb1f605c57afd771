import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RetryOptions, retryDelayMs } from '../../../../src/policies/retries/retry-policy.ts';

const options: RetryOptions = {
  maxAttempts: 5,
  backoff: { initial: 100, multiplier: 2, max: 500 },
  jitter: 'none',
  honorRetryAfter: true,
};
const always = (value: number) => ({ next: () => value });
const failed = (attempts: number, code = 'timeout', retryAfterMs?: number) => ({
  attempts,
  code,
  retryAfterMs,
});

describe('retryDelayMs', () => {
  it.each([
    [1, 100],
    [2, 200],
    [3, 400],
    [4, 500],
  ])('backs off exponentially up to the cap: after attempt %d waits %d ms', (attempts, delayMs) => {
    expect(retryDelayMs(options, failed(attempts), always(0.5))).toBe(delayMs);
  });

  it('gives up when the attempts are used up', () => {
    expect(retryDelayMs(options, failed(5), always(0.5))).toBeUndefined();
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
  ])('tries again after %s', (code) =>
    expect(retryDelayMs(options, failed(1, code), always(0))).toBe(100),
  );

  it.each([
    'sold-out',
    'limit-per-user',
    'unauthorized',
    'key-reuse',
    'closed',
    'bad-request',
    'anything-else',
  ])('takes %s for an answer', (code) =>
    expect(retryDelayMs(options, failed(1, code), always(0))).toBeUndefined(),
  );

  it('puts the backoff on top of Retry-After, unless told to ignore it', () => {
    const limited = failed(1, 'limited', 1_000);
    expect(retryDelayMs(options, limited, always(0))).toBe(1_100);
    expect(retryDelayMs({ ...options, honorRetryAfter: false }, limited, always(0))).toBe(100);
  });

  it('full jitter draws uniformly below the backoff', () => {
    const jittered = { ...options, jitter: 'full' as const };
    expect(retryDelayMs(jittered, failed(2), always(0.25))).toBe(50);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempts, u) => {
          const delayMs = retryDelayMs(jittered, failed(attempts), always(u));
          expect(delayMs).toBeGreaterThanOrEqual(0);
          expect(delayMs).toBeLessThanOrEqual(Math.min(500, 100 * 2 ** (attempts - 1)));
        },
      ),
    );
  });
});
