import { describe, expect, it } from 'vitest';
import { buildIndex } from '../../../src/audit/evidence-index.ts';
import type { InvariantResult } from '../../../src/audit/invariant.ts';
import { overAdmission } from '../../../src/audit/invariants/over-admission.ts';
import { underAdmission } from '../../../src/audit/invariants/under-admission.ts';
import { rngFor } from '../../../src/core/rng.ts';
import type { RateLimitContract } from '../../../src/history/contract.ts';
import { type TokenBucketState, takeToken } from '../../../src/policies/limiters/token-bucket.ts';
import { HistoryBuilder } from '../../helpers/history-builder.ts';
import { plainTraffic, playTraffic, type Traffic } from '../../helpers/limited-traffic.ts';
import {
  bucket,
  firstHitWindow,
  fixedWindow,
  gcra,
  type ModelLimiter,
  slidingLog,
} from '../../helpers/model-limiters.ts';
import { testScale } from '../../helpers/test-scale.ts';

/** For machines that do other things as well. */
const timeoutMs = 120_000;
const usersPerRun = 8;
const leakRuns = 40 * testScale;
/** Times five limiters times eight people: 6,000 histories; 36,000 with a scale of 6. */
const runsPerLimiter = 150 * testScale;

interface Setting {
  readonly algorithm: string;
  readonly make: (limit: number, windowMs: number) => ModelLimiter;
}

function policyBucket(limit: number, windowMs: number): ModelLimiter {
  let state: TokenBucketState | undefined;
  const options = { burstCapacity: limit, replenishRatePerS: (limit * 1000) / windowMs };
  return (nowMs) => {
    const decision = takeToken(state, nowMs, options);
    state = decision.state;
    return decision.admitted;
  };
}

const right: readonly Setting[] = [
  { algorithm: 'sliding-log', make: slidingLog },
  { algorithm: 'fixed-window', make: fixedWindow },
  { algorithm: 'token-bucket', make: (limit, windowMs) => bucket(limit, windowMs) },
  { algorithm: 'token-bucket', make: policyBucket },
  { algorithm: 'gcra', make: gcra },
];

/** Neither of the two looks into it. */
const index = buildIndex(new HistoryBuilder({}).evidence());

interface Played {
  readonly over: InvariantResult;
  readonly under: InvariantResult;
}

interface Play {
  readonly setting: Setting;
  readonly seed: number;
  readonly limit: number;
  readonly windowMs: number;
  readonly traffic: Traffic;
  readonly exclusive?: boolean;
  readonly clockToleranceMs?: number;
}

/** Some users on limiters of their own, in one history, out of order now and then. */
function play({ setting, seed, limit, windowMs, traffic, ...rest }: Play): Played {
  const builder = new HistoryBuilder({});
  for (let user = 0; user < usersPerRun; user += 1) {
    const rng = rngFor(seed, 'traffic', user);
    playTraffic(builder, rng, user, setting.make(limit, windowMs), traffic);
  }
  const rng = rngFor(seed, 'order');
  if (rng.next() < 0.5) builder.attempts.sort((a, b) => a.sentNs - b.sentNs);
  const { exclusive = true, clockToleranceMs } = rest;
  const rateLimit: RateLimitContract = {
    algorithm: setting.algorithm,
    key: 'user',
    limit,
    windowMs,
  };
  const tolerance = clockToleranceMs === undefined ? {} : { clockToleranceMs };
  const contract = { products: builder.products, rateLimit, ...tolerance };
  const evidence = builder.evidence({ contract, exclusive });
  return {
    over: overAdmission.judge(evidence, index),
    under: underAdmission.judge(evidence, index),
  };
}

function chaosOf(seed: number): Omit<Play, 'setting'> {
  const rng = rngFor(seed, 'chaos');
  const pick = <T>(...values: readonly T[]): T =>
    values[Math.floor(rng.next() * values.length)] as T;
  const offsetMs = (rng.next() - 0.5) * 10;
  const clocks = rng.next();
  const toleranceMs = clocks < 0.5 ? 0 : 5;
  const clockMs: Traffic['clockMs'] =
    clocks < 0.5
      ? () => 0
      : clocks < 0.75
        ? () => offsetMs
        : (each) => (each.next() < 0.5 ? offsetMs : -offsetMs);
  return {
    seed,
    limit: pick(1, 2, 3, 5, 10),
    windowMs: pick(20, 50, 100, 333, 1_000),
    clockToleranceMs: toleranceMs,
    traffic: {
      requests: 30,
      gapMaxMs: pick(2, 20, 200, 600),
      latencyMaxMs: pick(1, 10, 60),
      lostShare: pick(0, 0.05, 0.3),
      refusedShare: pick(0, 0.1),
      clockMs,
      wholeMs: rng.next() < 0.3,
    },
  };
}

describe('the admission checkers', { timeout: timeoutMs }, () => {
  it.each(right.map((setting, place) => ({ ...setting, place })))(
    'accuse no right limiter: $algorithm ($place)',
    (setting) => {
      let limited = 0;
      for (let seed = 0; seed < runsPerLimiter; seed += 1) {
        const { over, under } = play({ setting, ...chaosOf(seed) });
        expect(over, `seed ${seed}`).toMatchObject({ verdict: 'pass', lo: 0, hi: 0 });
        expect(under, `seed ${seed}: ${under.witnesses.first?.summary}`).toMatchObject({
          verdict: 'pass',
          lo: 0,
          hi: 0,
        });
        limited += over.reason === undefined ? 0 : 1;
      }
      expect(limited).toBeGreaterThan(0);
    },
  );

  it('accuse no limiter that remembers what was before the run', () => {
    let unknown = 0;
    for (let seed = 0; seed < runsPerLimiter; seed += 1) {
      const { windowMs, limit, ...chaos } = chaosOf(seed);
      const left = rngFor(seed, 'left').next() * limit;
      const setting = {
        algorithm: 'token-bucket',
        make: () => bucket(limit, windowMs, left),
      };
      const { over, under } = play({ ...chaos, setting, windowMs, limit, exclusive: false });
      expect(over.verdict, `seed ${seed}`).toBe('pass');
      expect(under.lo, `seed ${seed}`).toBe(0);
      if (under.verdict === 'unknown') unknown += 1;
    }
    expect(unknown).toBeGreaterThan(5);
  });

  it.each([
    { what: 'begin with the first request', make: firstHitWindow },
    { what: 'are aligned to another clock', make: shiftedWindow },
  ])('never convict fixed windows that $what', ({ make }) => {
    const setting = { algorithm: 'fixed-window', make };
    let unknown = 0;
    for (let seed = 0; seed < runsPerLimiter; seed += 1) {
      const { clockToleranceMs, ...chaos } = chaosOf(seed);
      // Nothing is known of the clock: neither its offset nor that it jumps to and fro.
      const traffic = { ...chaos.traffic, clockMs: () => 0 };
      const { over, under } = play({ ...chaos, traffic, setting, exclusive: false });
      expect(clockToleranceMs).toBeDefined();
      expect(over.lo, `seed ${seed}`).toBe(0);
      expect(under.lo, `seed ${seed}`).toBe(0);
      if (over.verdict === 'unknown') unknown += 1;
    }
    expect(unknown).toBeGreaterThan(5);
  });
});

function shiftedWindow(limit: number, windowMs: number): ModelLimiter {
  const aligned = fixedWindow(limit, windowMs);
  return (nowMs) => aligned(nowMs + windowMs * 0.37);
}

/** Refills at 60 % of what it promises. */
const slowRefill: Setting['make'] = (limit, windowMs) => bucket(limit, windowMs / 0.6);

interface Leak {
  readonly what: string;
  readonly setting: Setting;
  readonly figure: 'over' | 'under';
  /** Of 100 histories of eight people each, at least so many are convicted. */
  readonly percentMin: number;
}

const leaks: readonly Leak[] = [
  ...right.slice(0, 3).flatMap(({ algorithm, make }): Leak[] => [
    {
      what: 'one more than the limit',
      setting: { algorithm, make: (limit, windowMs) => make(limit + 1, windowMs) },
      figure: 'over',
      percentMin: 95,
    },
    {
      what: 'two more than the limit',
      setting: { algorithm, make: (limit, windowMs) => make(limit + 2, windowMs) },
      figure: 'over',
      percentMin: 100,
    },
    {
      what: 'one less than the limit',
      setting: { algorithm, make: (limit, windowMs) => make(limit - 1, windowMs) },
      figure: 'under',
      percentMin: 95,
    },
    {
      what: 'everything',
      setting: { algorithm, make: () => () => true },
      figure: 'over',
      percentMin: 100,
    },
    {
      what: 'nothing',
      setting: { algorithm, make: () => () => false },
      figure: 'under',
      percentMin: 100,
    },
  ]),
  {
    what: 'the double at the edge of a window',
    setting: { algorithm: 'sliding-log', make: fixedWindow },
    figure: 'over',
    percentMin: 95,
  },
  {
    what: 'the double at the edge of a window',
    setting: { algorithm: 'token-bucket', make: fixedWindow },
    figure: 'over',
    percentMin: 30,
  },
  {
    what: 'too little for a refill that is too slow',
    setting: { algorithm: 'token-bucket', make: slowRefill },
    figure: 'under',
    percentMin: 95,
  },
];

describe('the admission checkers convict', { timeout: timeoutMs }, () => {
  it.each(leaks.map((leak) => ({ ...leak, name: leak.setting.algorithm })))(
    '$name that lets through $what',
    ({ setting, figure, percentMin }) => {
      let caught = 0;
      for (let seed = 0; seed < leakRuns; seed += 1) {
        const played = play({ setting, seed, limit: 5, windowMs: 200, traffic: plainTraffic });
        const result = played[figure];
        if (result.verdict === 'violated') {
          caught += 1;
          expect(result.witnesses.first).not.toBeNull();
        }
      }
      expect((100 * caught) / leakRuns).toBeGreaterThanOrEqual(percentMin);
    },
  );
});
