import type { LimiterDecision, LimiterEntry } from './limiter.ts';

/**
 * The token bucket: pure, with time and state passed in. The reference server keeps the state in a
 * database row, the simulation in a variable.
 */

/** Settings, in the terms of Spring Cloud Gateway's RedisRateLimiter. */
export interface TokenBucketOptions {
  /** Tokens that come back, per second; above 0. */
  readonly replenishRatePerS: number;
  /** Tokens that a full bucket holds; at least 1. */
  readonly burstCapacity: number;
}

/** A bucket between two requests. JSON-able. */
export interface TokenBucketState {
  /** Tokens at {@link updatedAtMs}, from 0 to the burst capacity; fractions count. */
  readonly tokens: number;
  /** When `tokens` was true, in ms of the clock that the caller passes in. */
  readonly updatedAtMs: number;
}

/** Refills add up fractions: a token short by less than this counts as whole. */
const tolerance = 1e-9;

/**
 * Takes one token if there is one.
 *
 * Over any window of w seconds it admits at most `burstCapacity + replenishRatePerS * w` requests.
 * A clock that steps back refills nothing and takes nothing away.
 *
 * @param state the bucket as it was left; undefined for a user never seen, whose bucket is full
 */
export function takeToken(
  state: TokenBucketState | undefined,
  nowMs: number,
  options: TokenBucketOptions,
): LimiterDecision<TokenBucketState> {
  const { burstCapacity, replenishRatePerS } = options;
  const before = state ?? { tokens: burstCapacity, updatedAtMs: nowMs };
  const elapsedMs = Math.max(0, nowMs - before.updatedAtMs);
  const updatedAtMs = Math.max(nowMs, before.updatedAtMs);
  const filled = Math.min(burstCapacity, before.tokens + (elapsedMs * replenishRatePerS) / 1000);
  const fullAfterMs = (tokens: number): number =>
    Math.ceil(((burstCapacity - tokens) * 1000) / replenishRatePerS + (updatedAtMs - nowMs));
  if (filled < 1 - tolerance) {
    // Less half the tolerance, or rounding errors would round up to a whole ms more.
    const missingMs = ((1 - tolerance / 2 - filled) * 1000) / replenishRatePerS;
    return {
      state: { tokens: filled, updatedAtMs },
      admitted: false,
      remaining: 0,
      retryAfterMs: Math.ceil(missingMs + (updatedAtMs - nowMs)),
      resetAfterMs: fullAfterMs(filled),
    };
  }
  const tokens = Math.max(0, filled - 1);
  return {
    state: { tokens, updatedAtMs },
    admitted: true,
    remaining: Math.floor(tokens + tolerance),
    retryAfterMs: 0,
    resetAfterMs: fullAfterMs(tokens),
  };
}

/** A bucket that refills all the time: see {@link takeToken}. */
export const tokenBucket: LimiterEntry<TokenBucketOptions, TokenBucketState> = {
  name: 'token-bucket',
  describe: 'A bucket of tokens that refills at a fixed rate; a request takes one.',
  take: takeToken,
};
