import { RollingSum } from '../../rolling-sum.ts';
import type { RetryBudgetEntry } from './retry-budget.ts';

/** A circuit breaker for retries alone. */
export interface FailureRateBudgetOptions {
  readonly type: 'failure-rate';
  /** Failed attempts for each first attempt up to which retries are made, 0 to 1. */
  readonly threshold: number;
  /** Over which time it is counted, in milliseconds. */
  readonly windowMs: number;
}

const slices = 10;

/**
 * Tries again only while failures ÷ first attempts ≤ threshold (Brooker, "Fixing retries with token
 * buckets and circuit breakers", 2022). First attempts are never held back.
 */
export const failureRateBudget: RetryBudgetEntry<FailureRateBudgetOptions> = {
  name: 'failure-rate',
  describe: 'a circuit breaker for retries alone: only while few attempts fail',
  create: ({ threshold, windowMs }) => {
    const calls = new RollingSum(windowMs, slices);
    const failures = new RollingSum(windowMs, slices);
    return {
      firstAttempt: (nowMs) => calls.add(nowMs, 1),
      succeeded: () => undefined,
      failed: (nowMs) => failures.add(nowMs, 1),
      tryRetry: (nowMs) => failures.sum(nowMs) <= threshold * calls.sum(nowMs),
    };
  },
};
