import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decideBy, type LimiterSettings } from '../../src/policies/limiters/limiter-settings.ts';
import {
  redisLimits,
  type TimedVerdict,
} from '../../src/targets/reference/gateway/redis-limits.ts';
import { openRedis, type RedisStore } from '../../src/targets/stores/redis.ts';
import {
  findRedisServer,
  type RedisServer,
  startRedisServer,
} from '../../src/targets/stores/redis-server.ts';
import { ensureProgram } from '../helpers/ensure-program.ts';

const clientCount = 8;
let redis: RedisServer;
/** A connection each: their scripts meet in the server, and only there. */
let clients: readonly RedisStore[];

beforeAll(async () => {
  await ensureProgram({ find: findRedisServer, aptPackage: 'redis-server' });
  redis = await startRedisServer();
  clients = Array.from({ length: clientCount }, () => openRedis(redis.connection));
});

afterAll(async () => {
  for (const client of clients) client.close();
  await redis.stop();
});

/** In the order in which the server decided; of one instant, those that were let in come first. */
function inOrder(verdicts: readonly TimedVerdict[]): readonly TimedVerdict[] {
  return verdicts.toSorted(
    (a, b) =>
      a.atMs - b.atMs || Number(b.admitted) - Number(a.admitted) || b.remaining - a.remaining,
  );
}

/** What the exact model says of requests at these instants. */
function modelled(settings: LimiterSettings, atMs: readonly number[]): readonly TimedVerdict[] {
  const decide = decideBy(settings);
  const storesRefusals = settings.algorithm === 'spring-cloud-gateway';
  let kept: unknown;
  return atMs.map((nowMs) => {
    const { state, ...verdict } = decide(kept, nowMs);
    if (verdict.admitted || storesRefusals) kept = state;
    return { ...verdict, atMs: nowMs };
  });
}

const limits = fc.integer({ min: 1, max: 40 });
const windowsMs = fc.integer({ min: 20, max: 400 });

function settingsOf(algorithm: LimiterSettings['algorithm']): fc.Arbitrary<LimiterSettings> {
  return fc.tuple(limits, windowsMs).map(([limit, windowMs]): LimiterSettings => {
    const replenishRatePerS = (limit * 1000) / windowMs;
    switch (algorithm) {
      case 'token-bucket':
        return { algorithm, replenishRatePerS, burstCapacity: limit };
      case 'spring-cloud-gateway':
        return { algorithm, replenishRatePerS: limit, burstCapacity: limit + windowMs };
      case 'gcra':
        return { algorithm, replenishRatePerS, maxBurst: limit - 1 };
      case 'fixed-window':
      case 'sliding-log':
      case 'sliding-counter':
        return { algorithm, limit, windowMs };
    }
  });
}

const algorithms = [
  'token-bucket',
  'gcra',
  'fixed-window',
  'sliding-log',
  'sliding-counter',
  'spring-cloud-gateway',
] as const satisfies readonly LimiterSettings['algorithm'][];

let runs = 0;

describe.each(algorithms)('%s in Redis', (algorithm) => {
  it('decides as its model does at the server’s own instants, with 8 clients at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        settingsOf(algorithm),
        fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 4, maxLength: 12 }),
        async (settings, gapsMs) => {
          runs += 1;
          const key = `user:${runs}`;
          const verdicts = await Promise.all(
            clients.map(async (client, number) => {
              const limiter = redisLimits(client, settings, 'flashsim_limits');
              const found: TimedVerdict[] = [];
              for (const gapMs of gapsMs) {
                if (gapMs > number) await delay(gapMs - number);
                const burst = Array.from({ length: 3 }, () => limiter.take(key));
                found.push(...(await Promise.all(burst)));
              }
              return found;
            }),
          );
          const decided = inOrder(verdicts.flat());
          const expected = modelled(
            settings,
            decided.map(({ atMs }) => atMs),
          );
          expect(decided).toEqual(expected);
        },
      ),
      { numRuns: 12 },
    );
  }, 60_000);

  it('leaves nothing in Redis of a key that is as new again', async () => {
    const [client] = clients;
    if (client === undefined) throw new Error('no client');
    const settings =
      algorithm === 'gcra'
        ? ({ algorithm, replenishRatePerS: 1000, maxBurst: 4 } as const)
        : algorithm === 'token-bucket' || algorithm === 'spring-cloud-gateway'
          ? ({ algorithm, replenishRatePerS: 1000, burstCapacity: 1000 } as const)
          : ({ algorithm, limit: 5, windowMs: 20 } as const);
    const prefix = `flashsim_${algorithm}`;
    const limiter = redisLimits(client, settings, prefix);
    const { resetAfterMs } = await limiter.take('user:1');
    // Spring Cloud Gateway keeps its keys for twice the time that the bucket takes to fill.
    await delay(algorithm === 'spring-cloud-gateway' ? 2_100 : resetAfterMs + 30);
    for (const what of ['tokens', 'timestamp']) {
      expect(await client.get(`${prefix}:limit:{user:1}.${what}`)).toBeNull();
    }
  });
});
