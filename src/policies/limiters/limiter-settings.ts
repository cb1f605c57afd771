import { takeFromFixedWindow } from './fixed-window.ts';
import { type GcraOptions, takeFromGcra } from './gcra.ts';
import type { LimiterDecision, WindowOptions } from './limiter.ts';
import { takeFromSlidingCounter } from './sliding-counter.ts';
import { takeFromSlidingLog } from './sliding-log.ts';
import { takeFromSpringCloudGateway } from './spring-cloud-gateway.ts';
import { type TokenBucketOptions, takeToken } from './token-bucket.ts';

/** A limiter with its settings: plain, so that it crosses process borders. */
export type LimiterSettings =
  | ({ readonly algorithm: 'token-bucket' | 'spring-cloud-gateway' } & TokenBucketOptions)
  | ({ readonly algorithm: 'gcra' } & GcraOptions)
  | ({
      readonly algorithm: 'fixed-window' | 'sliding-log' | 'sliding-counter';
    } & WindowOptions);

/** Decides on one request; the state is what the last decision returned. */
export type Decide = (state: unknown, nowMs: number) => LimiterDecision<unknown>;

/** The decision function of a limiter. Its states are JSON-able, and mean nothing to any other. */
export function decideBy(settings: LimiterSettings): Decide {
  const { algorithm } = settings;
  switch (algorithm) {
    case 'token-bucket':
      return bound(takeToken, settings);
    case 'spring-cloud-gateway':
      return bound(takeFromSpringCloudGateway, settings);
    case 'gcra':
      return bound(takeFromGcra, settings);
    case 'fixed-window':
      return bound(takeFromFixedWindow, settings);
    case 'sliding-log':
      return bound(takeFromSlidingLog, settings);
    case 'sliding-counter':
      return bound(takeFromSlidingCounter, settings);
  }
}

/** What the limiter promises, as requests per window: a bucket's is the time in which it fills. */
export function quotaOf(settings: LimiterSettings): WindowOptions {
  switch (settings.algorithm) {
    case 'token-bucket':
    case 'spring-cloud-gateway':
      return filledIn(settings.burstCapacity, settings.replenishRatePerS);
    case 'gcra':
      return filledIn(settings.maxBurst + 1, settings.replenishRatePerS);
    case 'fixed-window':
    case 'sliding-log':
    case 'sliding-counter':
      return { limit: settings.limit, windowMs: settings.windowMs };
  }
}

function filledIn(limit: number, ratePerS: number): WindowOptions {
  return { limit, windowMs: (limit * 1000) / ratePerS };
}

function bound<State, Options>(
  take: (state: State | undefined, nowMs: number, options: Options) => LimiterDecision<State>,
  options: Options,
): Decide {
  return (state, nowMs) => take(state as State | undefined, nowMs, options);
}
