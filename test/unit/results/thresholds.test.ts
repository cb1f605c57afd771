import { describe, expect, it } from 'vitest';
import { type InvariantResult, noWitnesses } from '../../../src/audit/invariant.ts';
import { gate, type Verdict } from '../../../src/audit/verdict.ts';
import { defined } from '../../../src/core/assert.ts';
import { metricNames } from '../../../src/metrics/names.ts';
import { applyThresholds, gateInterval, metricLookup } from '../../../src/results/thresholds.ts';
import { parseThreshold, type Threshold } from '../../../src/scenarios/thresholds.ts';

function threshold(metric: string, written: number | string): Threshold {
  return defined(parseThreshold(metric, written), 'threshold');
}

function invariant(
  name: string,
  lo: number,
  hi: number | null,
  verdict?: Verdict,
): InvariantResult {
  return {
    id: 'I2',
    name,
    title: name,
    verdict: verdict ?? gate(lo, hi, 0),
    value: lo === hi ? lo : null,
    lo,
    hi,
    unit: 'units',
    witnesses: noWitnesses,
  };
}

function apply(
  thresholds: readonly Threshold[],
  invariants: readonly InvariantResult[],
  auditVerdict?: Verdict,
) {
  const worstFirst = ['violated', 'unknown', 'pass'] as const;
  const found = worstFirst.find((verdict) => invariants.some((one) => one.verdict === verdict));
  return applyThresholds(thresholds, {
    invariants,
    notJudged: [{ name: 'userLimit', reason: 'nothing was promised' }],
    auditVerdict: auditVerdict ?? found ?? 'pass',
    metric: () => undefined,
  });
}

describe('gateInterval', () => {
  it.each([
    ['<= 5', 5, 5, 'pass'],
    ['<= 5', 6, 6, 'violated'],
    ['<= 5', 0, 6, 'unknown'],
    ['<= 5', 0, null, 'unknown'],
    ['<= 5', 6, null, 'violated'],
    ['< 5', 5, 5, 'violated'],
    ['>= 5', 5, null, 'pass'],
    ['>= 5', 0, null, 'unknown'],
    ['>= 5', 0, 4, 'violated'],
    ['> 5', 4, 6, 'unknown'],
    ['== 5', 5, 5, 'pass'],
    ['== 5', 4, 6, 'unknown'],
    ['== 5', 6, null, 'violated'],
    ['== 5', 0, 4, 'violated'],
  ] as const)('%s over [%s, %s] is %s', (written, lo, hi, verdict) => {
    expect(gateInterval(threshold('undersell', written), { lo, hi })).toBe(verdict);
  });
});

describe('applyThresholds', () => {
  it('gates every invariant at 0 when the scenario says nothing', () => {
    expect(apply([], [invariant('undersell', 3, 3)]).verdict).toBe('violated');
    expect(apply([], [invariant('undersell', 0, 3)]).verdict).toBe('unknown');
    expect(apply([], [invariant('undersell', 0, 0)]).verdict).toBe('pass');
  });

  it.each([
    { name: 'lets what it allows pass', lo: 5, hi: 5, verdict: 'pass' },
    { name: 'is violated above it', lo: 6, hi: 6, verdict: 'violated' },
    {
      name: 'does not decide when only the upper bound is above it',
      lo: 0,
      hi: 6,
      verdict: 'unknown',
    },
    { name: 'decides what the default limit leaves open', lo: 0, hi: 5, verdict: 'pass' },
  ])(
    'a threshold on an invariant replaces the default limit: undersell: 5 $name',
    ({ lo, hi, verdict }) => {
      const result = apply([threshold('undersell', 5)], [invariant('undersell', lo, hi)]);
      expect(result.verdict).toBe(verdict);
      expect(result.invariants[0]?.verdict).toBe(verdict);
      expect(result.thresholds[0]?.verdict).toBe(verdict);
    },
  );

  it('tells in the invariant that another limit than 0 let it pass', () => {
    const { invariants } = apply([threshold('undersell', 5)], [invariant('undersell', 3, 3)]);
    expect(invariants[0]?.reason).toContain("the scenario's limit is <= 5");
  });

  it('replaces the limit of that invariant only', () => {
    const result = apply(
      [threshold('undersell', 5)],
      [invariant('undersell', 3, 3), invariant('oversell', 1, 1)],
    );
    expect(result.verdict).toBe('violated');
    expect(result.invariants.map(({ verdict }) => verdict)).toEqual(['pass', 'violated']);
  });

  it('does not take a looser limit for evidence that is missing', () => {
    const vague = invariant('undersell', 0, 0, 'unknown');
    expect(apply([threshold('undersell', 5)], [vague]).verdict).toBe('unknown');
  });

  it('does not make a conviction of an invariant that only casts doubt', () => {
    const vacuous = invariant('nonVacuity', 2, 2, 'unknown');
    expect(apply([threshold('nonVacuity', 0)], [vacuous]).verdict).toBe('unknown');
    expect(apply([threshold('nonVacuity', 2)], [vacuous]).verdict).toBe('pass');
  });

  it('is unknown over an invariant that was not judged, and says why', () => {
    const { verdict, thresholds } = apply([threshold('userLimit', 0)], []);
    expect(verdict).toBe('unknown');
    expect(thresholds[0]?.reason).toBe('it was not judged: nothing was promised');
  });

  it('keeps a verdict of the audit that no invariant explains', () => {
    const result = apply([threshold('oversell', 0)], [invariant('oversell', 0, 0)], 'unknown');
    expect(result.verdict).toBe('unknown');
  });
});

describe('metricLookup', () => {
  const percentiles = { p50: 1, p90: 2, p99: 3, p999: 4, max: 5 };
  const service = { p50: 10, p90: 20, p99: 30, p999: 40, max: 50 };
  const latency = { count: 7, response: percentiles, service };
  const one = { lo: 1, hi: 1 };
  const scalars = {
    attempts: one,
    firstAttempts: one,
    amplification: one,
    sold: { lo: 3, hi: null },
    timeouts: one,
    rateLimited: one,
    evictedDevices: one,
    unresolved: one,
    droppedArrivals: one,
    'opening.spread': { missing: 'no herd was sent' },
    'opening.latenessP99': one,
    'answers.peak': one,
    sellOut: one,
  };
  const lookup = metricLookup(scalars, { login: latency, page: latency, order: latency });

  it.each(metricNames())('knows %s', (name) => {
    expect(lookup(name)).toBeDefined();
  });

  it.each([
    ['order.p50', 1],
    ['order.p99.9', 4],
    ['order.max', 5],
    ['login.service.p99', 30],
    ['page.service.p99.9', 40],
  ])('%s is %i µs', (name, value) => {
    expect(lookup(name)).toEqual({ lo: value, hi: value, unit: 'µs' });
  });

  it.each(['order', 'order.p95', 'cart.p99', 'order.service', 'toString'])(
    'does not know %s',
    (name) => {
      expect(lookup(name)).toBeUndefined();
    },
  );

  it.each([
    ['order.p99', 'no order request was timed'],
    ['opening.spread', 'no herd was sent'],
  ])('a threshold on %s without a sample is unknown', (metric, reason) => {
    const result = applyThresholds([threshold(metric, '< 800ms')], {
      invariants: [],
      notJudged: [],
      auditVerdict: 'pass',
      metric: metricLookup(scalars, { order: { ...latency, count: 0 } }),
    });
    expect(result.verdict).toBe('unknown');
    expect(result.thresholds[0]).toMatchObject({ verdict: 'unknown', value: null, reason });
  });
});
