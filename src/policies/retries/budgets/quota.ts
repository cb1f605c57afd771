import type { RetryBudgetEntry } from './retry-budget.ts';

/** The retry quota of the AWS SDKs. Tokens are whole numbers. */
export interface QuotaBudgetOptions {
  readonly type: 'quota';
  /** Tokens at the start, and at most. */
  readonly capacity: number;
  /** What a retry costs. */
  readonly retryCost: number;
  /** What a retry costs after a timeout. */
  readonly timeoutCost: number;
  /** What a first attempt that succeeds gives; a retry that succeeds gives back what it cost. */
  readonly successRefill: number;
}

/** The quota of botocore's `standard` retry mode: 500 tokens, 5 a retry, 10 after a timeout, 1 a success. */
export const quotaBudget: RetryBudgetEntry<QuotaBudgetOptions> = {
  name: 'quota',
  describe: 'as the AWS SDKs: tokens that retries cost and successes give back',
  create: ({ capacity, retryCost, timeoutCost, successRefill }) => {
    let tokens = capacity;
    const costOf = (code: string): number => (code === 'timeout' ? timeoutCost : retryCost);
    return {
      firstAttempt: () => undefined,
      succeeded: (_nowMs, retriedAfter) => {
        const refund = retriedAfter === undefined ? successRefill : costOf(retriedAfter);
        tokens = Math.min(capacity, tokens + refund);
      },
      failed: () => undefined,
      tryRetry: (_nowMs, code) => {
        const cost = costOf(code);
        if (tokens < cost) return false;
        tokens -= cost;
        return true;
      },
    };
  },
};
