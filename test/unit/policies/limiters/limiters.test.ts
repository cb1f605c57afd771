import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { takeFromFixedWindow } from '../../../../src/policies/limiters/fixed-window.ts';
import { takeFromGcra } from '../../../../src/policies/limiters/gcra.ts';
import type { LimiterDecision } from '../../../../src/policies/limiters/limiter.ts';
import { limiters } from '../../../../src/policies/limiters/registry.ts';
import { takeFromSlidingCounter } from '../../../../src/policies/limiters/sliding-counter.ts';
import { takeFromSlidingLog } from '../../../../src/policies/limiters/sliding-log.ts';
import {
  type SpringCloudGatewayState,
  takeFromSpringCloudGateway,
} from '../../../../src/policies/limiters/spring-cloud-gateway.ts';
import { takeToken } from '../../../../src/policies/limiters/token-bucket.ts';

/** One algorithm with its settings: `limit` requests per `windowMs`, as it has them. */
interface Case {
  readonly name: keyof typeof limiters;
  readonly take: (state: unknown, nowMs: number) => LimiterDecision<unknown>;
  /** Most requests in any half-open window of `widthMs`. */
  readonly mostIn: (widthMs: number) => number;
}

function casesOf(limit: number, windowMs: number): readonly Case[] {
  const replenishRatePerS = (limit * 1000) / windowMs;
  const bucket = { replenishRatePerS, burstCapacity: limit };
  const cell = { replenishRatePerS, maxBurst: limit - 1 };
  const window = { limit, windowMs };
  const refill = (widthMs: number): number => (widthMs * replenishRatePerS) / 1000;
  const windows = (widthMs: number): number => Math.ceil(widthMs / windowMs);
  const use =
    <State, Options>(
      take: (state: State | undefined, nowMs: number, options: Options) => LimiterDecision<State>,
      options: Options,
    ) =>
    (state: unknown, nowMs: number): LimiterDecision<unknown> =>
      take(state as State | undefined, nowMs, options);
  return [
    { name: 'token-bucket', take: use(takeToken, bucket), mostIn: (ms) => limit + refill(ms) },
    { name: 'gcra', take: use(takeFromGcra, cell), mostIn: (ms) => limit + refill(ms) },
    {
      name: 'fixed-window',
      take: use(takeFromFixedWindow, window),
      mostIn: (ms) => limit * (windows(ms) + 1),
    },
    {
      name: 'sliding-log',
      take: use(takeFromSlidingLog, window),
      mostIn: (ms) => limit * windows(ms),
    },
    {
      name: 'sliding-counter',
      take: use(takeFromSlidingCounter, window),
      mostIn: (ms) => limit * (windows(ms) + 1),
    },
    {
      name: 'spring-cloud-gateway',
      take: use(takeFromSpringCloudGateway, bucket),
      mostIn: (ms) => limit + refill(ms + 1_000),
    },
  ];
}

/** When the requests were admitted that came at these times, in their order. */
function admittedOf({ take }: Case, atMs: readonly number[]): number[] {
  let state: unknown;
  return atMs.filter((nowMs) => {
    const decision = take(state, nowMs);
    state = decision.state;
    return decision.admitted;
  });
}

/** Most of these times in any half-open window of that width. */
function mostWithin(atMs: readonly number[], widthMs: number): number {
  let [first, most] = [0, 0];
  atMs.forEach((untilMs, index) => {
    while ((atMs[first] ?? 0) <= untilMs - widthMs) first += 1;
    most = Math.max(most, index - first + 1);
  });
  return most;
}

/** 99 requests just before a whole second and 400 just after it, 100 a second allowed. */
const edgeAtMs = [
  ...Array.from({ length: 99 }, (_, index) => 100_995 + index * 1e-4),
  ...Array.from({ length: 400 }, (_, index) => 101_000 + index / 50),
];

/** All of a window at its end, and again one window later, a moment less. */
const bunchedAtMs = [
  ...Array.from({ length: 100 }, (_, index) => 100_999 + index * 1e-3),
  ...Array.from({ length: 200 }, (_, index) => 101_997 + index * 1e-3),
];

describe('the burst that gets through at an edge, of 100 a second', () => {
  const cases = casesOf(100, 1_000);
  const golden = {
    'token-bucket': 101,
    gcra: 101,
    'fixed-window': 199,
    'sliding-log': 100,
    'sliding-counter': 100,
    'spring-cloud-gateway': 199,
  } as const;
  it.each(cases)('is as published for $name', (one) => {
    expect(mostWithin(admittedOf(one, edgeAtMs), 1_000)).toBe(golden[one.name]);
  });

  it('is nearly twice the limit when a sliding counter takes a bunch for a spread', () => {
    const counter = cases.find(({ name }) => name === 'sliding-counter');
    if (counter === undefined) throw new Error('no sliding counter');
    expect(mostWithin(admittedOf(counter, bunchedAtMs), 1_000)).toBe(199);
  });
});

const limits = fc.integer({ min: 1, max: 8 });
const lengthsMs = fc.integer({ min: 1, max: 40 }).map((tenths) => tenths * 100);
// In parts of a millisecond whose sums are exact in binary: 700 and the length of a window may meet.
const exactMs = fc.integer({ min: 0, max: 700 * 1024 }).map((parts) => parts / 1024);
const gapsMs = fc.array(exactMs, {
  minLength: 1,
  maxLength: 60,
});

describe.each(casesOf(3, 1_000).map(({ name }) => name))('%s', (name) => {
  const caseOf = (limit: number, windowMs: number): Case => {
    const found = casesOf(limit, windowMs).find((one) => one.name === name);
    if (found === undefined) throw new Error(`no case for ${name}`);
    return found;
  };

  it('admits at most what its definition allows in any window', () => {
    fc.assert(
      fc.property(limits, lengthsMs, gapsMs, (limit, windowMs, gaps) => {
        const one = caseOf(limit, windowMs);
        let nowMs = 12_345;
        const atMs = gaps.map((gapMs) => (nowMs += gapMs));
        const admitted = admittedOf(one, atMs);
        for (const widthMs of [windowMs, 3 * windowMs]) {
          expect(mostWithin(admitted, widthMs)).toBeLessThanOrEqual(one.mostIn(widthMs) + 1e-6);
        }
        expect(admitted.length).toBeGreaterThan(0);
      }),
    );
  });

  it('tells a wait after which it admits, and before which it does not', () => {
    fc.assert(
      fc.property(limits, lengthsMs, gapsMs, (limit, windowMs, gaps) => {
        const one = caseOf(limit, windowMs);
        let state: unknown;
        let nowMs = 12_345;
        for (const gapMs of gaps) {
          nowMs += gapMs;
          const decision = one.take(state, nowMs);
          if (!decision.admitted) {
            const { retryAfterMs } = decision;
            expect(retryAfterMs).toBeGreaterThan(0);
            expect(one.take(decision.state, nowMs + retryAfterMs).admitted).toBe(true);
            // Rounded up by less than a millisecond.
            const tooEarlyMs = nowMs + retryAfterMs - 1.001;
            if (tooEarlyMs > nowMs)
              expect(one.take(decision.state, tooEarlyMs).admitted).toBe(false);
          } else expect(decision.retryAfterMs).toBe(0);
          ({ state } = decision);
        }
      }),
    );
  });

  it('admits as many as it says remain, and then refuses', () => {
    fc.assert(
      fc.property(limits, lengthsMs, gapsMs, (limit, windowMs, gaps) => {
        const one = caseOf(limit, windowMs);
        let nowMs = 12_345;
        let state: unknown;
        let remaining = 0;
        for (const gapMs of gaps) {
          nowMs += gapMs;
          ({ state, remaining } = one.take(state, nowMs));
        }
        for (let left = remaining; left > 0; left -= 1) {
          const decision = one.take(state, nowMs);
          expect(decision.admitted).toBe(true);
          ({ state } = decision);
        }
        expect(one.take(state, nowMs).admitted).toBe(false);
      }),
    );
  });

  it('decides the same when a refusal was not stored', () => {
    fc.assert(
      fc.property(limits, lengthsMs, gapsMs, (limit, windowMs, gaps) => {
        const one = caseOf(limit, windowMs);
        let [kept, dropped]: unknown[] = [undefined, undefined];
        let nowMs = 12_345;
        for (const gapMs of gaps) {
          nowMs += gapMs;
          const [a, b] = [one.take(kept, nowMs), one.take(dropped, nowMs)];
          expect(b.admitted).toBe(a.admitted);
          kept = a.state;
          if (b.admitted) dropped = b.state;
        }
      }),
    );
  });

  it('is as new once it says so', () => {
    fc.assert(
      fc.property(limits, lengthsMs, gapsMs, (limit, windowMs, gaps) => {
        const one = caseOf(limit, windowMs);
        let nowMs = 12_345;
        let decision = one.take(undefined, nowMs);
        for (const gapMs of gaps) {
          nowMs += gapMs;
          decision = one.take(decision.state, nowMs);
        }
        const laterMs = nowMs + decision.resetAfterMs;
        expect(one.take(decision.state, laterMs).remaining).toBe(
          one.take(undefined, laterMs).remaining,
        );
      }),
    );
  });

  it('gives nothing back to a clock that steps back', () => {
    const one = caseOf(2, 1_000);
    let state: unknown;
    for (let count = 0; count < 2; count += 1) ({ state } = one.take(state, 50_000));
    expect(one.take(state, 50_000).admitted).toBe(false);
    expect(one.take(state, 20_000).admitted).toBe(false);
  });
});

describe('the registry of limiters', () => {
  it('names every limiter as its key', () => {
    for (const [key, entry] of Object.entries(limiters)) expect(entry.name).toBe(key);
  });
});

describe('a bucket that gets a third of a token a second', () => {
  it('tells the second in which the thirds make a token', () => {
    const take = (state: SpringCloudGatewayState | undefined, nowMs: number) =>
      takeFromSpringCloudGateway(state, nowMs, { replenishRatePerS: 1 / 3, burstCapacity: 1 });
    const { state } = take(undefined, 12_375);
    // One third is back: two are missing, which divided by the rate is a little more than two seconds.
    expect(take(state, 13_000)).toMatchObject({ admitted: false, retryAfterMs: 2_000 });
    expect(take(take(state, 13_000).state, 15_000).admitted).toBe(true);
  });
});
