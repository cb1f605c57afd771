import { describe, expect, it } from 'vitest';
import {
  ClientPolicy,
  type ClientPolicyOptions,
} from '../../../../src/policies/retries/client-policy.ts';

const low = { next: () => 0 };
const retry: ClientPolicyOptions['retry'] = {
  maxAttempts: 3,
  backoff: { type: 'fixed', delay: 100 },
  jitter: 'none',
  honorRetryAfter: true,
};
const circuitBreaker: NonNullable<ClientPolicyOptions['circuitBreaker']> = {
  slidingWindowType: 'count-based',
  slidingWindowSize: 1,
  minimumNumberOfCalls: 1,
  failureRateThreshold: 0.5,
  slowCallRateThreshold: 1,
  slowCallDurationThresholdMs: 1_000,
  waitDurationInOpenStateMs: 1_000,
  permittedNumberOfCallsInHalfOpenState: 1,
  maxWaitDurationInHalfOpenStateMs: 0,
  automaticTransitionFromOpenToHalfOpenEnabled: false,
};
const throttle = { multiplier: 2, windowMs: 120_000 };
const timeToSpare = { nowMs: 0, untilMs: 60_000 };
const failed = (attempts: number, code = 'timeout') => ({
  attempts,
  code,
  retryAfterMs: undefined,
  previousWaitMs: undefined,
});
const ended = (code: string, durationMs = 10) => ({ code, durationMs, retriedAfter: undefined });

/** Whether a second attempt is held back after a first that ended so. */
function heldBackAfter(options: Partial<ClientPolicyOptions>, code: string): string {
  const policy = new ClientPolicy({ retry, ...options });
  expect(policy.admit(1, 0, { next: () => 0.99 })).toBeUndefined();
  policy.ended(ended(code), 0);
  return policy.admit(2, 0, low) ?? 'sent';
}

describe('ClientPolicy', () => {
  it('sends everything and retries by policy alone when nothing is set', () => {
    const policy = new ClientPolicy({ retry });
    expect(policy.admit(1, 0, low)).toBeUndefined();
    policy.ended(ended('timeout'), 0);
    expect(policy.afterFailure(failed(1), timeToSpare, low)).toEqual({
      kind: 'retry',
      delayMs: 100,
      waitMs: 100,
    });
    expect(policy.afterFailure(failed(3), timeToSpare, low)).toEqual({ kind: 'give-up' });
    expect(policy.afterFailure(failed(1, 'sold-out'), timeToSpare, low)).toEqual({
      kind: 'give-up',
    });
  });

  it.each([
    ['timeout', 'circuit-open', 'throttled'],
    ['reset', 'circuit-open', 'throttled'],
    ['server-error', 'circuit-open', 'throttled'],
    ['bad-response', 'circuit-open', 'throttled'],
    ['connect-failed', 'circuit-open', 'throttled'],
    ['overloaded', 'circuit-open', 'throttled'],
    // A server that limits one person is well, and takes no request of his.
    ['limited', 'sent', 'throttled'],
    ['not-open', 'sent', 'sent'],
    ['in-progress', 'sent', 'sent'],
    ['sold-out', 'sent', 'sent'],
    ['pending', 'sent', 'sent'],
    ['ok', 'sent', 'sent'],
  ])('after %s the breaker says %s, the throttle %s', (code, breakerSays, throttleSays) => {
    expect(heldBackAfter({ circuitBreaker }, code)).toBe(breakerSays);
    expect(heldBackAfter({ throttle }, code)).toBe(throttleSays);
  });

  it('gives a trial call back that flashsim itself cut off', () => {
    const policy = new ClientPolicy({ retry, circuitBreaker });
    policy.admit(1, 0, low);
    policy.ended(ended('timeout'), 0);
    expect(policy.admit(1, 1_001, low)).toBeUndefined();
    expect(policy.admit(1, 1_001, low)).toBe('circuit-open');
    policy.ended(ended('aborted'), 1_002);
    expect(policy.admit(1, 1_003, low)).toBeUndefined();
  });

  it('opens the breaker on answers that take too long', () => {
    const policy = new ClientPolicy({ retry, circuitBreaker });
    policy.admit(1, 0, low);
    policy.ended(ended('ok', 1_001), 0);
    expect(policy.admit(2, 0, low)).toBe('circuit-open');
  });

  it('tries a held back attempt again, as an attempt of its own', () => {
    const policy = new ClientPolicy({ retry, circuitBreaker });
    expect(policy.afterFailure(failed(2, 'circuit-open'), timeToSpare, low).kind).toBe('retry');
    expect(policy.afterFailure(failed(3, 'circuit-open'), timeToSpare, low).kind).toBe('give-up');
  });

  it('asks the throttle before the breaker, so that no trial call is wasted', () => {
    const policy = new ClientPolicy({ retry, circuitBreaker, throttle });
    policy.admit(1, 0, { next: () => 0.99 });
    policy.ended(ended('timeout'), 0);
    expect(policy.admit(1, 1_001, low)).toBe('throttled');
    expect(policy.admit(1, 1_001, { next: () => 0.99 })).toBeUndefined();
  });

  describe('with a budget of one retry', () => {
    const budget = { type: 'token-bucket', ratio: 0, capacity: 1 } as const;

    it('holds the second retry back', () => {
      const policy = new ClientPolicy({ retry, budget });
      expect(policy.afterFailure(failed(1), timeToSpare, low).kind).toBe('retry');
      expect(policy.afterFailure(failed(1), timeToSpare, low)).toEqual({
        kind: 'held-back',
        code: 'retry-budget',
      });
    });

    it('takes nothing for a retry that would come too late or is not to be made', () => {
      const policy = new ClientPolicy({ retry, budget });
      expect(policy.afterFailure(failed(1), { nowMs: 0, untilMs: 100 }, low).kind).toBe('give-up');
      expect(policy.afterFailure(failed(3), timeToSpare, low).kind).toBe('give-up');
      expect(policy.afterFailure(failed(1), timeToSpare, low).kind).toBe('retry');
    });

    it('is filled by first attempts, and not by retries', () => {
      const policy = new ClientPolicy({ retry, budget: { ...budget, ratio: 1 } });
      policy.afterFailure(failed(1), timeToSpare, low);
      policy.admit(2, 0, low);
      expect(policy.afterFailure(failed(1), timeToSpare, low).kind).toBe('held-back');
      policy.admit(1, 0, low);
      expect(policy.afterFailure(failed(1), timeToSpare, low).kind).toBe('retry');
    });
  });
});
