import type { RetryBudgetEntry } from './retry-budget.ts';

/** gRPC's `retryThrottling`. */
export interface GrpcBudgetOptions {
  readonly type: 'grpc';
  /** 1 to 1000. */
  readonly maxTokens: number;
  /** Tokens that a success gives back, above 0; three decimals count. */
  readonly tokenRatio: number;
}

/** Tokens are counted in thousandths, as gRPC does: three decimals, without rounding errors. */
const scale = 1000;

/**
 * A failure takes a token, a success gives `tokenRatio` back, and nothing is tried again while at most
 * half of `maxTokens` are there (gRPC proposal A6, "Throttling Retry Attempts").
 */
export const grpcBudget: RetryBudgetEntry<GrpcBudgetOptions> = {
  name: 'grpc',
  describe: 'as gRPC (proposal A6): stops while failures outweigh successes',
  create: ({ maxTokens, tokenRatio }) => {
    const most = maxTokens * scale;
    const refund = Math.round(tokenRatio * scale);
    let tokens = most;
    return {
      firstAttempt: () => undefined,
      succeeded: () => {
        tokens = Math.min(most, tokens + refund);
      },
      failed: () => {
        tokens = Math.max(0, tokens - scale);
      },
      tryRetry: () => tokens > most / 2,
    };
  },
};
