import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normal, rngFor } from '../../../src/core/rng.ts';
import { differenceOfMedians, median } from '../../../src/metrics/bootstrap.ts';

const samples = fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }), {
  minLength: 1,
  maxLength: 12,
});

function interval(baseline: readonly number[], candidate: readonly number[], seed = 1) {
  const rng = rngFor(seed, 'test');
  return differenceOfMedians({ baseline, candidate, confidence: 0.95, resamples: 400, rng });
}

describe('median', () => {
  it.each([
    { values: [3], expected: 3 },
    { values: [3, 1, 2], expected: 2 },
    { values: [4, 1, 3, 2], expected: 2.5 },
    { values: [10, 9, 100], expected: 10 },
  ])('of $values is $expected', ({ values, expected }) => {
    expect(median(values)).toBe(expected);
  });

  it('does not depend on the order, and half of the values are on either side', () => {
    fc.assert(
      fc.property(samples, (values) => {
        const middle = median(values);
        expect(median(values.toReversed())).toBe(middle);
        const half = values.length / 2;
        expect(values.filter((value) => value <= middle).length).toBeGreaterThanOrEqual(half);
        expect(values.filter((value) => value >= middle).length).toBeGreaterThanOrEqual(half);
      }),
    );
  });
});

describe('differenceOfMedians', () => {
  it('lies within all differences that there can be, low end first', () => {
    fc.assert(
      fc.property(samples, samples, (baseline, candidate) => {
        const { low, high } = interval(baseline, candidate);
        expect(low).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThanOrEqual(Math.min(...candidate) - Math.max(...baseline));
        expect(high).toBeLessThanOrEqual(Math.max(...candidate) - Math.min(...baseline));
      }),
    );
  });

  it('moves and grows with its samples', () => {
    fc.assert(
      fc.property(samples, samples, fc.integer({ min: 1, max: 50 }), (baseline, candidate, by) => {
        const { low, high } = interval(baseline, candidate);
        expect(
          interval(
            baseline,
            candidate.map((value) => value + by),
          ),
        ).toEqual({
          low: low + by,
          high: high + by,
        });
        const times = (values: readonly number[]) => values.map((value) => value * by);
        expect(interval(times(baseline), times(candidate))).toEqual({
          low: low * by,
          high: high * by,
        });
      }),
    );
  });

  it('is the same for the same seed', () => {
    const [a, b] = [
      [1, 5, 9, 13],
      [2, 4, 8, 20],
    ] as const;
    expect(interval(a, b, 7)).toEqual(interval(a, b, 7));
  });

  it('of three runs each excludes 0 exactly when the two sides do not overlap', () => {
    const three = fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(three, three, (baseline, candidate) => {
        const { low, high } = interval(baseline, candidate);
        expect(low > 0).toBe(Math.min(...candidate) > Math.max(...baseline));
        expect(high < 0).toBe(Math.max(...candidate) < Math.min(...baseline));
      }),
    );
  });

  it('holds the true difference in at least nine of ten cases of ten runs each', () => {
    const rounds = 300;
    let held = 0;
    for (let round = 0; round < rounds; round += 1) {
      const rng = rngFor(round, 'coverage');
      const draw = (mean: number) => Array.from({ length: 10 }, () => mean + 20 * normal(rng));
      const { low, high } = interval(draw(100), draw(130), round);
      if (low <= 30 && high >= 30) held += 1;
    }
    expect(held / rounds).toBeGreaterThan(0.9);
  });
});
