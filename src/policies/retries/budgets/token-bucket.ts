import { budgetTolerance, type RetryBudgetEntry } from './retry-budget.ts';

/** A bucket that first attempts fill and retries empty. */
export interface TokenBucketBudgetOptions {
  readonly type: 'token-bucket';
  /** Tokens that a first attempt brings, 0 to 1. */
  readonly ratio: number;
  /** Tokens that a full bucket holds, at least 1; it starts full. */
  readonly capacity: number;
}

/**
 * Each first attempt brings `ratio` tokens, up to `capacity`; a retry takes one (Brooker, "Fixing
 * retries with token buckets and circuit breakers", 2022). Retries are at most
 * capacity + ratio · first attempts, however long it lasts.
 */
export const tokenBucketBudget: RetryBudgetEntry<TokenBucketBudgetOptions> = {
  name: 'token-bucket',
  describe: 'a bucket that first attempts fill and retries empty',
  create: ({ ratio, capacity }) => {
    let tokens = capacity;
    return {
      firstAttempt: () => {
        tokens = Math.min(capacity, tokens + ratio);
      },
      succeeded: () => undefined,
      failed: () => undefined,
      tryRetry: () => {
        if (tokens < 1 - budgetTolerance) return false;
        tokens = Math.max(0, tokens - 1);
        return true;
      },
    };
  },
};
