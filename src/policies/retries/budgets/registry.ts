import { type FailureRateBudgetOptions, failureRateBudget } from './failure-rate.ts';
import { type GrpcBudgetOptions, grpcBudget } from './grpc.ts';
import { type QuotaBudgetOptions, quotaBudget } from './quota.ts';
import { type RatioBudgetOptions, ratioBudget } from './ratio.ts';
import type { RetryBudget, RetryBudgetEntry } from './retry-budget.ts';
import { type TokenBucketBudgetOptions, tokenBucketBudget } from './token-bucket.ts';

/** Every retry budget by the name that a scenario uses. */
export const retryBudgets = {
  ratio: ratioBudget,
  'token-bucket': tokenBucketBudget,
  grpc: grpcBudget,
  quota: quotaBudget,
  'failure-rate': failureRateBudget,
} as const satisfies Record<string, RetryBudgetEntry<never>>;

/** The settings of any retry budget. */
export type RetryBudgetOptions =
  | RatioBudgetOptions
  | TokenBucketBudgetOptions
  | GrpcBudgetOptions
  | QuotaBudgetOptions
  | FailureRateBudgetOptions;

/** A budget of which nothing is used. */
export function createRetryBudget(options: RetryBudgetOptions): RetryBudget {
  // The type of the options is the name of the budget that takes them.
  const entry = retryBudgets[options.type ?? 'ratio'] as RetryBudgetEntry<RetryBudgetOptions>;
  return entry.create(options);
}
