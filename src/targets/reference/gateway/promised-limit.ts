import type { RateLimitContract } from '../../../history/contract.ts';
import { type LimiterSettings, quotaOf } from '../../../policies/limiters/limiter-settings.ts';
import type { GatewayLimit } from './limit-settings.ts';

/**
 * What a limiter promises. Those that only come near one are held to it: a bucket that refills in whole
 * seconds to a bucket, two weighed counters to a sliding window.
 */
export function promisedLimit({ limiter, key }: GatewayLimit): RateLimitContract {
  const algorithms: Partial<Record<LimiterSettings['algorithm'], string>> = {
    'spring-cloud-gateway': 'token-bucket',
    'sliding-counter': 'sliding-window',
  };
  const algorithm = algorithms[limiter.algorithm] ?? limiter.algorithm;
  return { algorithm, key, ...quotaOf(limiter), operations: ['order', 'page'] };
}
