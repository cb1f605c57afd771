import { quotaOf } from '../../../policies/limiters/limiter-settings.ts';
import type { GatewayLimit } from './limit-settings.ts';
import type { LimitVerdict } from './limit-store.ts';

/** Header fields that tell a client where it stands. */
export type LimitHeaders = (limit: LimitVerdict) => Readonly<Record<string, string>>;

const policyName = '"default"';

/**
 * `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10): q requests per w seconds, r
 * of them left, t seconds until there are more. Spring Cloud Gateway's own fields for its own algorithm.
 */
export function limitHeadersFor({ limiter }: GatewayLimit): LimitHeaders {
  const { limit: quota, windowMs } = quotaOf(limiter);
  const windowS = Math.max(1, Math.ceil(windowMs / 1000));
  if (limiter.algorithm === 'spring-cloud-gateway') {
    return ({ remaining }) => ({
      'x-ratelimit-remaining': String(remaining),
      'x-ratelimit-replenish-rate': String(limiter.replenishRatePerS),
      'x-ratelimit-burst-capacity': String(limiter.burstCapacity),
      'x-ratelimit-requested-tokens': '1',
    });
  }
  return ({ remaining, retryAfterMs, resetAfterMs }) => {
    const untilS = Math.ceil((retryAfterMs > 0 ? retryAfterMs : resetAfterMs) / 1000);
    return {
      'ratelimit-policy': `${policyName};q=${Math.floor(quota)};w=${windowS}`,
      ratelimit: `${policyName};r=${Math.max(0, remaining)};t=${untilS}`,
    };
  };
}
