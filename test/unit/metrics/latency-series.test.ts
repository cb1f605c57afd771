import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LatencySeries } from '../../../src/metrics/latency-series.ts';

const axis = { originNs: 1_000, bucketNs: 100, firstBucket: -1, buckets: 4 };

/** Exact percentile by nearest rank. */
function exact(values: readonly number[], percentile: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil((percentile / 100) * sorted.length) - 1] ?? Number.NaN;
}

describe('LatencySeries', () => {
  it('has null where nothing was due, and leaves out what is off the axis', () => {
    const series = new LatencySeries(axis);
    series.add(950, 30);
    series.add(1_399, 7);
    series.add(899, 1);
    series.add(1_400, 1);
    series.add(1_300, 1);
    series.add(Number.NaN, 1);
    expect(series.counts()).toEqual([1, 0, 0, 0]);
    expect(series.percentile(99)).toEqual([30, null, null, null]);
  });

  it('takes a latency below zero as 0', () => {
    const series = new LatencySeries(axis);
    series.add(1_000, -5);
    expect(series.percentile(100)).toEqual([null, 0, null, null]);
  });

  it('gives percentiles within 1.6 % and the exact maximum, whatever was recorded', () => {
    const latencies = fc.array(fc.integer({ min: 0, max: 2 ** 31 - 1 }), { minLength: 1 });
    const percentile = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(latencies, percentile, (values, at) => {
        const series = new LatencySeries(axis);
        for (const value of values) series.add(1_000, value);
        const [, found] = series.percentile(at);
        const wanted = exact(values, at);
        expect(found).toBeGreaterThanOrEqual(wanted);
        expect(found).toBeLessThanOrEqual(wanted * (1 + 1 / 64));
        expect(series.percentile(100)[1]).toBe(Math.max(...values));
      }),
    );
  });
});
