import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normal, rngFor } from '../../../../src/core/rng.ts';
import { compare } from '../../../../src/results/comparison/compare.ts';
import { comparisonOf, runOf, side, withInvariant } from './fixture.ts';

const runs = (...p99Ms: readonly number[]) => p99Ms.map((ms, at) => runOf(ms, { seed: at }));

describe('comparing metrics of single runs', () => {
  it.each([
    { before: 400, after: 519, change: 'same', why: 'within 30 %' },
    { before: 400, after: 521, change: 'regression', why: 'beyond 30 %' },
    { before: 20, after: 69, change: 'same', why: 'beyond 30 %, but by less than 50 ms' },
    { before: 20, after: 71, change: 'regression', why: 'beyond both' },
    { before: 400, after: 279, change: 'better', why: 'better by more than 30 %' },
    { before: 400, after: 281, change: 'same', why: 'better by less' },
  ])('$before ms → $after ms is $change: $why', ({ before, after, change }) => {
    const found = comparisonOf(runs(before), runs(after));
    expect(found.metric('order.p99')).toMatchObject({ change, interval: null });
    expect(found.verdict).toBe(change === 'regression' ? 'violated' : 'pass');
    expect(found.notes.join()).toContain('--repeat');
  });

  it('takes a tolerance that was given', () => {
    const strict = { tolerance: 0.05 };
    expect(comparisonOf(runs(400), runs(430), strict).metric('order.p99').change).toBe(
      'regression',
    );
    expect(comparisonOf(runs(400), runs(419), strict).metric('order.p99').change).toBe('same');
  });
});

describe('comparing metrics of several runs', () => {
  it('is a regression when even the kindest reading is beyond the tolerance', () => {
    const found = comparisonOf(runs(400, 410, 420, 405, 415), runs(600, 610, 590, 605, 620));
    expect(found.metric('order.p99').change).toBe('regression');
    expect(found.metric('order.p99').share).toBeCloseTo(0.476, 2);
    expect(found.verdict).toBe('violated');
    expect(found.notes.join()).not.toContain('--repeat');
  });

  it('is unclear when the runs vary too much to say, and fails nobody', () => {
    const found = comparisonOf(runs(400, 500, 300, 620, 350), runs(480, 700, 330, 520, 610));
    expect(found.metric('order.p99').change).toBe('unclear');
    expect(found.verdict).toBe('pass');
    expect(found.notes.join()).toContain('more runs would decide');
  });

  it('is the same within the tolerance, however sure', () => {
    const found = comparisonOf(runs(400, 401, 402), runs(430, 431, 432));
    expect(found.metric('order.p99')).toMatchObject({ change: 'same' });
    expect(found.metric('order.p99').interval?.low).toBeGreaterThan(0);
  });

  it('knows metrics that are better when they are higher', () => {
    const withPeak = (peak: number) =>
      runOf(400, { throughput: { answersPeakPerS: peak, sellOutMs: 1_000 } });
    const [slow, quick] = [[900, 910, 920].map(withPeak), [1_400, 1_410, 1_420].map(withPeak)];
    expect(comparisonOf(quick, slow).metric('answers.peak').change).toBe('regression');
    expect(comparisonOf(slow, quick).metric('answers.peak').change).toBe('better');
  });

  it('calls what is neither better nor worse changed, and gates on none of it', () => {
    const sold = (units: number) => runOf(400, { sold: units });
    const found = comparisonOf([500, 500, 500].map(sold), [700, 700, 700].map(sold));
    expect(found.metric('sold').change).toBe('changed');
    expect(found.verdict).toBe('pass');
  });

  it('gates on more when it is asked to', () => {
    const slowPages = (ms: number) => {
      const result = runOf(400);
      const page = result.latencyUs['page'];
      if (page === undefined) throw new Error('the fixture times pages');
      const response = { ...page.response, p99: ms * 1_000 };
      return { ...result, latencyUs: { ...result.latencyUs, page: { ...page, response } } };
    };
    const [before, after] = [[50, 51, 52].map(slowPages), [90, 91, 92].map(slowPages)];
    expect(comparisonOf(before, after).metric('page.p99').change).toBe('worse');
    const gates = new Map([['page.p99', undefined]]);
    expect(comparisonOf(before, after, { gates }).metric('page.p99').change).toBe('regression');
    const lenient = new Map([['page.p99', 2]]);
    expect(comparisonOf(before, after, { gates: lenient }).metric('page.p99').change).toBe('same');
  });

  it('leaves out what one side did not measure', () => {
    const none = runOf(400, { latencyUs: {} });
    const { metrics } = comparisonOf([none], [runOf(400)]);
    expect(metrics.some(({ name }) => name === 'order.p99')).toBe(false);
  });

  it('finds nothing between a side and itself', () => {
    const times = fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(times, (ms) => {
        const same = comparisonOf(runs(...ms), runs(...ms));
        expect(same.verdict).toBe('pass');
        expect(same.metrics.every(({ change }) => change === 'same')).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it('gives no false alarm in 100 comparisons of a system with itself, five runs a side', () => {
    let alarms = 0;
    for (let round = 0; round < 100; round += 1) {
      const rng = rngFor(round, 'false-alarms');
      const five = () =>
        runs(...Array.from({ length: 5 }, () => 400 * Math.exp(0.1 * normal(rng))));
      if (comparisonOf(five(), five()).metric('order.p99').change === 'regression') alarms += 1;
    }
    expect(alarms).toBe(0);
  });

  it('finds a slowdown of two in 100 of 100 such comparisons', () => {
    let found = 0;
    for (let round = 0; round < 100; round += 1) {
      const rng = rngFor(round, 'power');
      const five = (ms: number) =>
        runs(...Array.from({ length: 5 }, () => ms * Math.exp(0.1 * normal(rng))));
      if (comparisonOf(five(400), five(800)).metric('order.p99').change === 'regression')
        found += 1;
    }
    expect(found).toBe(100);
  });
});

describe('comparing invariants', () => {
  const good = runOf(400);
  const oversold = withInvariant(good, 'oversell', { verdict: 'violated', value: 7, lo: 7, hi: 7 });
  const doubtful = withInvariant(good, 'oversell', { verdict: 'unknown', value: null, hi: null });

  it.each([
    {
      name: 'held and is violated',
      before: [good],
      after: [oversold],
      change: 'regression',
      verdict: 'violated',
    },
    {
      name: 'is violated in one run of three',
      before: [good, good, good],
      after: [good, oversold, good],
      change: 'regression',
      verdict: 'violated',
    },
    {
      name: 'is violated as before',
      before: [oversold],
      after: [oversold],
      change: 'same',
      verdict: 'pass',
    },
    {
      name: 'was violated and holds',
      before: [oversold],
      after: [good],
      change: 'better',
      verdict: 'pass',
    },
    {
      name: 'held and is unknown',
      before: [good],
      after: [doubtful],
      change: 'unclear',
      verdict: 'unknown',
    },
    {
      name: 'was violated and is unknown',
      before: [oversold],
      after: [doubtful],
      change: 'better',
      verdict: 'pass',
    },
  ])('one that $name: $change', ({ before, after, change, verdict }) => {
    const found = comparisonOf(before, after);
    expect(found.invariants.find(({ name }) => name === 'oversell')?.change).toBe(change);
    expect(found.verdict).toBe(verdict);
  });

  it('one that is no longer judged may have got worse unseen', () => {
    const rest = Object.fromEntries(
      Object.entries(good.invariants).filter(([name]) => name !== 'oversell'),
    );
    expect(comparisonOf([good], [{ ...good, invariants: rest }]).verdict).toBe('unknown');
    expect(comparisonOf([{ ...good, invariants: rest }], [good]).verdict).toBe('pass');
  });

  it('counts the runs that violate, and keeps the largest figure', () => {
    const worse = withInvariant(good, 'oversell', { verdict: 'violated', lo: 90, hi: 90 });
    const found = comparisonOf([good], [oversold, worse, good]);
    expect(found.invariants.find(({ name }) => name === 'oversell')?.candidate).toEqual({
      verdict: 'violated',
      violated: 2,
      judged: 3,
      worst: 90,
    });
  });

  it('does not pass what was interrupted', () => {
    expect(comparisonOf([good], [{ ...good, interrupted: true }]).verdict).toBe('unknown');
  });
});

it('compares each candidate with the same baseline, and the worst decides', () => {
  const { verdict, candidates } = compare({
    baseline: side('a', runOf(400)),
    candidates: [side('b', runOf(410)), side('c', runOf(900))],
    gates: new Map(),
    version: '0.1.0',
  });
  expect(candidates.map(({ label, comparison }) => [label, comparison])).toEqual([
    ['b', 'pass'],
    ['c', 'violated'],
  ]);
  expect(verdict).toBe('violated');
});
