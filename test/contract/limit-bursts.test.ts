import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wallClockMs } from '../../src/core/clock.ts';
import type { LimiterSettings } from '../../src/policies/limiters/limiter-settings.ts';
import { memoryLimits } from '../../src/targets/reference/gateway/memory-limits.ts';
import { redisLimits } from '../../src/targets/reference/gateway/redis-limits.ts';
import { openRedis, type RedisStore } from '../../src/targets/stores/redis.ts';
import {
  findRedisServer,
  type RedisServer,
  startRedisServer,
} from '../../src/targets/stores/redis-server.ts';
import { ensureProgram } from '../helpers/ensure-program.ts';

/** A decision and when it was made, by the clock that it was made by. */
interface Decision {
  readonly admitted: boolean;
  readonly atMs: number;
}

/** A live limiter under one key. */
type Live = (settings: LimiterSettings) => () => Promise<Decision>;

const limit = 100;
const windowMs = 1_000;
const window = { limit, windowMs };
const bucket = { replenishRatePerS: limit, burstCapacity: limit };

let redis: RedisServer;
let store: RedisStore;

beforeAll(async () => {
  await ensureProgram({ find: findRedisServer, aptPackage: 'redis-server' });
  redis = await startRedisServer();
  store = openRedis(redis.connection);
});

afterAll(async () => {
  store.close();
  await redis.stop();
});

let keys = 0;
const inRedis: Live = (settings) => {
  keys += 1;
  const key = `key-${keys}`;
  const limits = redisLimits(store, settings, 'flashsim_bursts');
  return () => limits.take(key);
};
const inMemory: Live = (settings) => {
  let nowMs = 0;
  const limits = memoryLimits(settings, () => (nowMs = wallClockMs()));
  return async () => {
    const { admitted } = await limits.take('key');
    return { admitted, atMs: nowMs };
  };
};

/** Most of these times in any half-open window. */
function mostWithin(atMs: readonly number[], widthMs: number): number {
  let [first, most] = [0, 0];
  atMs.forEach((untilMs, index) => {
    while ((atMs[first] ?? 0) <= untilMs - widthMs) first += 1;
    most = Math.max(most, index - first + 1);
  });
  return most;
}

async function burst(take: () => Promise<Decision>, requests: number): Promise<Decision[]> {
  const decisions: Decision[] = [];
  for (let sent = 0; sent < requests; sent += 10) {
    const some = Array.from({ length: Math.min(10, requests - sent) }, () => take());
    decisions.push(...(await Promise.all(some)));
  }
  return decisions;
}

/** A burst has this long to be over before the edge: the machine may be busy. */
const leadMs = 250;

/** Waits until shortly before the next edge that is far enough away. The edge. */
async function untilBeforeEdge(): Promise<number> {
  const nowMs = wallClockMs();
  const edgeMs = Math.ceil((nowMs + leadMs) / windowMs) * windowMs;
  await delay(edgeMs - leadMs - nowMs);
  return edgeMs;
}

/** 99 requests just before an edge and 400 just after it: what was admitted, and when. */
async function atEdge(take: () => Promise<Decision>): Promise<readonly number[]> {
  const edgeMs = await untilBeforeEdge();
  const before = await burst(take, 99);
  while (wallClockMs() < edgeMs + 1) await delay(1);
  const after = await burst(take, 400);
  expect(before.every(({ atMs }) => atMs < edgeMs)).toBe(true);
  expect(after.every(({ atMs }) => atMs >= edgeMs && atMs < edgeMs + windowMs)).toBe(true);
  return [...before, ...after].filter(({ admitted }) => admitted).map(({ atMs }) => atMs);
}

describe.each([
  ['memory', inMemory],
  ['Redis', inRedis],
] as const)(
  'the burst that a live limiter in %s lets through at an edge, of 100 a second',
  (_, live) => {
    it.each([
      ['fixed-window', { algorithm: 'fixed-window', ...window }, 199],
      ['spring-cloud-gateway', { algorithm: 'spring-cloud-gateway', ...bucket }, 199],
      ['sliding-log', { algorithm: 'sliding-log', ...window }, 100],
    ] as const)('is as published for %s', async (_name, settings, golden) => {
      expect(mostWithin(await atEdge(live(settings)), windowMs)).toBe(golden);
    });

    it.each([
      ['token-bucket', { algorithm: 'token-bucket', ...bucket }],
      ['gcra', { algorithm: 'gcra', replenishRatePerS: limit, maxBurst: limit - 1 }],
    ] as const)('is the burst and what comes back meanwhile for %s', async (_name, settings) => {
      const atMs = await atEdge(live(settings));
      const spanMs = (atMs.at(-1) ?? 0) - (atMs[0] ?? 0);
      const most = mostWithin(atMs, windowMs);
      expect(most).toBeGreaterThanOrEqual(limit);
      expect(most).toBeLessThanOrEqual(limit + Math.ceil((spanMs * limit) / windowMs));
    });

    it('is the limit for a sliding counter, and what has faded of the window before', async () => {
      const atMs = await atEdge(live({ algorithm: 'sliding-counter', ...window }));
      const edgeMs = Math.floor((atMs.at(-1) ?? 0) / windowMs) * windowMs;
      const faded = ((atMs.at(-1) ?? 0) - edgeMs) / windowMs;
      expect(mostWithin(atMs, windowMs)).toBeGreaterThanOrEqual(limit);
      expect(mostWithin(atMs, windowMs)).toBeLessThanOrEqual(limit + Math.ceil(99 * faded));
    });

    it('is 199 for a sliding counter that takes a bunch for a spread, less what has not faded', async () => {
      const take = live({ algorithm: 'sliding-counter', ...window });
      const edgeMs = await untilBeforeEdge();
      const bunched = await burst(take, 100);
      expect(bunched.filter(({ admitted, atMs }) => admitted && atMs < edgeMs)).toHaveLength(100);
      // Nearly one window later, when the first bunch weighs next to nothing.
      await delay(edgeMs + windowMs - 20 - wallClockMs());
      const again = (await burst(take, 120)).filter(({ atMs }) => atMs < edgeMs + windowMs);
      const firstMs = again[0]?.atMs ?? 0;
      const left = (edgeMs + windowMs - firstMs) / windowMs;
      const admitted = again.filter((one) => one.admitted).length;
      expect(100 + admitted).toBeGreaterThanOrEqual(
        Math.min(199 - Math.ceil(100 * left), 100 + again.length),
      );
      expect(100 + admitted).toBeLessThanOrEqual(200);
    });
  },
);
