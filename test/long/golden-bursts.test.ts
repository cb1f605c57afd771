import { Agent, request as httpRequest } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { wallClockMs } from '../../src/core/clock.ts';
import type { LimiterSettings } from '../../src/policies/limiters/limiter-settings.ts';
import { createReferenceTarget } from '../../src/targets/reference/target.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/targets/stores/embedded-postgres.ts';
import { findRedisServer } from '../../src/targets/stores/redis-server.ts';
import type { Endpoint, Target } from '../../src/targets/target.ts';
import { ensureProgram } from '../helpers/ensure-program.ts';
import {
  ReferenceClient,
  referenceOptions,
  saleContext,
} from '../integration/reference-fixture.ts';

/**
 * How many of 100 allowed a window get through at its edge: each figure exactly, by real servers over
 * HTTP in real time. The server decides on a request between its sending and its answer, by the clock
 * of this machine, so each test holds the instants of both against the edge. Refills and fading go with
 * the window's length: where they matter the window is long, and a busy machine changes nothing.
 */

let postgres: EmbeddedPostgres;
let target: Target | undefined;
let agent: Agent;
beforeAll(async () => {
  await ensureProgram({ find: findRedisServer, aptPackage: 'redis-server' });
  postgres = await startEmbeddedPostgres();
}, 400_000);
afterAll(() => postgres.stop());
afterEach(async () => {
  agent.destroy();
  await target?.stop();
});

/** An answer, which was decided upon between the two instants. */
interface Answer {
  readonly admitted: boolean;
  readonly sentMs: number;
  readonly doneMs: number;
}

/** Requests under way at once. */
const lanes = 8;

/** A server with this limit by user, and what asks it for a page as a user of one's own. */
async function serverWith(store: 'memory' | 'redis', limiter: LimiterSettings) {
  const made = createReferenceTarget(
    referenceOptions(postgres.connection, {
      // In memory each process has a limit of its own.
      processes: store === 'memory' ? 1 : 2,
      rateLimiter: { key: 'user', store, failOpen: false, limiter },
    }),
    saleContext,
  );
  target = made;
  const { endpoint } = await made.start();
  agent = new Agent({ keepAlive: true, maxSockets: lanes });
  const client = new ReferenceClient(endpoint);
  return async (userId: string) => {
    const token = await client.logIn(userId);
    return (requests: number) => burst(endpoint, token, requests);
  };
}

async function burst(endpoint: Endpoint, token: string, requests: number): Promise<Answer[]> {
  const answers: Answer[] = [];
  let left = requests;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      answers.push(await ask(endpoint, token));
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return answers;
}

function ask({ host, port }: Endpoint, token: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sentMs = wallClockMs();
    const headers = { authorization: `Bearer ${token}` };
    const request = httpRequest({ host, port, agent, path: '/products/sneaker', headers });
    request.on('error', reject);
    request.on('response', (response) => {
      const { statusCode } = response;
      response.resume();
      response.on('end', () => {
        if (statusCode !== 200 && statusCode !== 429) reject(new Error(`answered ${statusCode}`));
        resolve({ admitted: statusCode === 200, sentMs, doneMs: wallClockMs() });
      });
    });
    request.end();
  });
}

const firstOf = (answers: readonly Answer[]): number =>
  Math.min(...answers.map(({ sentMs }) => sentMs));
const lastOf = (answers: readonly Answer[]): number =>
  Math.max(...answers.map(({ doneMs }) => doneMs));

/** All that were let in, which one window covers. */
function admittedWithin(answers: readonly Answer[], windowMs: number): number {
  const admitted = answers.filter((answer) => answer.admitted);
  expect(lastOf(admitted) - firstOf(admitted)).toBeLessThan(windowMs);
  return admitted.length;
}

/** Waits until `leadMs` before the next edge of windows of this length. The edge. */
async function untilBeforeEdge(windowMs: number, leadMs: number): Promise<number> {
  const nowMs = wallClockMs();
  const edgeMs = Math.ceil((nowMs + leadMs) / windowMs) * windowMs;
  await delay(edgeMs - leadMs - nowMs);
  return edgeMs;
}

/** Not a moment earlier: timers may be. */
async function until(atMs: number): Promise<void> {
  while (wallClockMs() < atMs) await delay(Math.max(1, atMs - wallClockMs()));
}

const limit = 100;

describe.each(['memory', 'redis'] as const)('a server with its limits in %s', (store) => {
  it.each([
    // Long enough for a busy machine; the whole seconds of Spring Cloud Gateway are what they are.
    ['fixed-window', { algorithm: 'fixed-window', limit, windowMs: 4_000 }, 4_000, 1_500, 199],
    ['sliding-log', { algorithm: 'sliding-log', limit, windowMs: 4_000 }, 4_000, 1_500, 100],
    [
      'spring-cloud-gateway',
      { algorithm: 'spring-cloud-gateway', replenishRatePerS: limit, burstCapacity: limit },
      1_000,
      500,
      199,
    ],
  ] as const)(
    'lets through at an edge what %s is known for',
    async (_name, limiter, windowMs, leadMs, golden) => {
      const takeAs = await serverWith(store, limiter);
      const take = await takeAs('u1');
      const edgeMs = await untilBeforeEdge(windowMs, leadMs);
      const before = await take(99);
      expect(lastOf(before)).toBeLessThan(edgeMs);
      await until(edgeMs);
      const after = await take(110);
      expect(admittedWithin([...before, ...after], windowMs)).toBe(golden);
    },
  );

  // One comes back each second, and so exactly one between the first second and the next.
  it.each([
    ['token-bucket', { algorithm: 'token-bucket', replenishRatePerS: 1, burstCapacity: limit }],
    ['gcra', { algorithm: 'gcra', replenishRatePerS: 1, maxBurst: limit - 1 }],
  ] as const)(
    'lets through 101 by %s: the burst, and the one that came back',
    async (_name, limiter) => {
      const takeAs = await serverWith(store, limiter);
      const take = await takeAs('u1');
      const [first] = await take(1);
      const startMs = first?.doneMs ?? Number.NaN;
      const before = await take(98);
      await until(startMs + 1_000);
      const after = await take(20);
      expect(lastOf(after)).toBeLessThan((first?.sentMs ?? 0) + 2_000);
      const all = [...before, ...after].concat(first ?? []);
      expect(admittedWithin(all, limit * 1_000)).toBe(101);
    },
  );

  it('lets through 100 by a sliding counter, and 199 where it takes a bunch for a spread', async () => {
    const windowMs = 20_000;
    const takeAs = await serverWith(store, { algorithm: 'sliding-counter', limit, windowMs });
    const [spread, bunched] = [await takeAs('u1'), await takeAs('u2')];
    const edgeMs = await untilBeforeEdge(windowMs, 2_000);
    const before = await spread(99);
    await until(edgeMs - 150);
    const bunch = await bunched(100);
    expect(bunch.every(({ admitted }) => admitted)).toBe(true);
    expect(lastOf(bunch)).toBeLessThan(edgeMs);
    // The 99 weigh more than 98 for a hundredth of a window: one more is let in.
    await until(edgeMs);
    const after = (await spread(24)).filter(({ doneMs }) => doneMs < edgeMs + windowMs / 99);
    expect(after.length).toBeGreaterThan(1);
    expect(admittedWithin([...before, ...after], windowMs)).toBe(100);

    // The bunch weighs next to nothing at the end of the next window, and is still within one's length.
    const late: Answer[] = [];
    await until(edgeMs + windowMs * 0.98);
    late.push(...(await bunched(98)));
    await until(edgeMs + windowMs * 0.99);
    late.push(...(await bunched(1)));
    const within = late.filter(({ doneMs }) => doneMs < firstOf(bunch) + windowMs);
    expect(within).toHaveLength(99);
    expect(admittedWithin([...bunch, ...within], windowMs)).toBe(199);
  }, 90_000);
});
