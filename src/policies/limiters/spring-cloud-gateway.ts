import type { LimiterDecision, LimiterEntry } from './limiter.ts';
import type { TokenBucketOptions } from './token-bucket.ts';

/** What the script keeps under its two keys. */
export interface SpringCloudGatewayState {
  readonly tokens: number;
  /** Whole seconds of the store's clock. */
  readonly timestampS: number;
}

/**
 * The token bucket of Spring Cloud Gateway's RedisRateLimiter (request_rate_limiter.lua): its clock is
 * Redis TIME in whole seconds, so tokens come back in steps, and a burst on each side of a step lets
 * nearly twice the capacity through. Refused requests store the refill as well.
 */
export function takeFromSpringCloudGateway(
  state: SpringCloudGatewayState | undefined,
  nowMs: number,
  { replenishRatePerS, burstCapacity }: TokenBucketOptions,
): LimiterDecision<SpringCloudGatewayState> {
  const nowS = Math.floor(nowMs / 1000);
  // `last_tokens` of a key that is gone is the capacity, `last_refreshed` 0.
  const { tokens: before, timestampS } = state ?? { tokens: burstCapacity, timestampS: 0 };
  const elapsedS = Math.max(0, nowS - timestampS);
  const filled = Math.min(burstCapacity, before + elapsedS * replenishRatePerS);
  const admitted = filled >= 1;
  const tokens = admitted ? filled - 1 : filled;
  const untilS = (held: number, wanted: number): number => {
    const seconds = Math.max(0, Math.ceil((wanted - held) / replenishRatePerS));
    // A rate such as a third is not exact: what the refill will come to decides, not the quotient.
    const isOneTooMany = seconds > 0 && held + (seconds - 1) * replenishRatePerS >= wanted;
    if (isOneTooMany) return seconds - 1;
    return held + seconds * replenishRatePerS >= wanted ? seconds : seconds + 1;
  };
  const sinceStepMs = nowMs - nowS * 1000;
  return {
    // The script stores the clock as it is, also when it has stepped back.
    state: { tokens, timestampS: nowS },
    admitted,
    remaining: Math.floor(tokens),
    retryAfterMs: admitted ? 0 : Math.ceil(untilS(filled, 1) * 1000 - sinceStepMs),
    resetAfterMs: Math.max(0, Math.ceil(untilS(tokens, burstCapacity) * 1000 - sinceStepMs)),
  };
}

/** The bucket of Spring Cloud Gateway: see {@link takeFromSpringCloudGateway}. */
export const springCloudGateway: LimiterEntry<TokenBucketOptions, SpringCloudGatewayState> = {
  name: 'spring-cloud-gateway',
  describe: 'A token bucket that refills in whole seconds, as Spring Cloud Gateway has it.',
  take: takeFromSpringCloudGateway,
};
