import { RollingSum } from '../../rolling-sum.ts';
import { budgetTolerance, type RetryBudgetEntry } from './retry-budget.ts';

/** Finagle's budget. */
export interface RatioBudgetOptions {
  /** Left out, it is this one. */
  readonly type?: 'ratio' | undefined;
  /** Retries for each first attempt, 0 to 1. */
  readonly ratio: number;
  /** Retries a second that are always there, for clients with few requests; 0 or more. */
  readonly floorPerS: number;
  /** How long a first attempt counts, in milliseconds. */
  readonly ttlMs: number;
}

/** Finagle's `WindowedAdder` cuts its window so. */
const slices = 10;

/**
 * A retry needs ratio · first attempts − retries + floor · ttl ≥ 1, counted over the last `ttl`
 * (Finagle `RetryBudget`, which by default gives 20 % and 10 a second over 10 s).
 */
export const ratioBudget: RetryBudgetEntry<RatioBudgetOptions> = {
  name: 'ratio',
  describe: 'as Finagle: a share of the first attempts, and some a second on top',
  create: ({ ratio, floorPerS, ttlMs }) => {
    const balance = new RollingSum(ttlMs, slices);
    const reserve = (floorPerS * ttlMs) / 1000;
    return {
      firstAttempt: (nowMs) => balance.add(nowMs, ratio),
      succeeded: () => undefined,
      failed: () => undefined,
      tryRetry: (nowMs) => {
        if (balance.sum(nowMs) + reserve < 1 - budgetTolerance) return false;
        balance.add(nowMs, -1);
        return true;
      },
    };
  },
};
