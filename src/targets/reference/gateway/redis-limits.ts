import { assert } from '../../../core/assert.ts';
import type { LimiterSettings } from '../../../policies/limiters/limiter-settings.ts';
import { RedisLostError, type RedisStore, RedisUnreachableError } from '../../stores/redis.ts';
import { OverloadedError } from '../errors.ts';
import type { LimitStore, LimitVerdict } from './limit-store.ts';
import { limitScripts } from './redis-limit-scripts.ts';

/** A verdict with the instant at which it was reached, in ms of the Redis server's clock. */
export interface TimedVerdict extends LimitVerdict {
  readonly atMs: number;
}

/** Allowances in Redis: one script decides in one step, by the server's clock. */
export interface RedisLimits extends LimitStore {
  take(key: string): Promise<TimedVerdict>;
}

/**
 * Allowances in Redis, below keys that begin with `prefix`: all server processes see the same.
 *
 * @param prefix of the run alone, without the colon
 */
export function redisLimits(
  store: RedisStore,
  settings: LimiterSettings,
  prefix: string,
): RedisLimits {
  const script = limitScripts[settings.algorithm];
  const values = valuesOf(settings);
  // As Spring Cloud Gateway names its two keys; the others have the first alone.
  const keysOf = (key: string): readonly string[] =>
    ['tokens', 'timestamp'].map((what) => `${prefix}:limit:{${key}}.${what}`);
  return {
    take: async (key) => verdictOf(await orBusy(() => store.run(script, keysOf(key), values))),
    reset: () => store.deleteAll(`${prefix}:limit:`),
  };
}

function valuesOf(settings: LimiterSettings): readonly number[] {
  switch (settings.algorithm) {
    case 'token-bucket':
    case 'spring-cloud-gateway':
      return [settings.replenishRatePerS, settings.burstCapacity];
    case 'gcra':
      return [settings.replenishRatePerS, settings.maxBurst];
    case 'fixed-window':
    case 'sliding-log':
    case 'sliding-counter':
      return [settings.limit, settings.windowMs];
  }
}

/** A token that was taken of a request which is then refused harms nobody: it may come again. */
async function orBusy<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RedisUnreachableError || error instanceof RedisLostError) {
      throw new OverloadedError(error.message);
    }
    throw error;
  }
}

function verdictOf(answer: unknown): TimedVerdict {
  assert(Array.isArray(answer), 'the answer of a limiter is a list');
  const [admitted, remaining, retryAfterMs, resetAfterMs, seconds, micros] = (
    answer as readonly unknown[]
  ).map(Number);
  assert(micros !== undefined, 'the answer of a limiter has six parts');
  return {
    admitted: admitted === 1,
    remaining: remaining ?? 0,
    retryAfterMs: retryAfterMs ?? 0,
    resetAfterMs: resetAfterMs ?? 0,
    atMs: (seconds ?? 0) * 1000 + micros / 1000,
  };
}
