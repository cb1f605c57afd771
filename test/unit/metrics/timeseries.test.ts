import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketAxis, TimeSeries } from '../../../src/metrics/timeseries.ts';

const widthsNs = [100, 200, 500, 1_000];

describe('bucketAxis', () => {
  it.each([
    {
      name: 'the finest width when it fits',
      fromNs: 0,
      toNs: 900,
      bucketNs: 100,
      first: 0,
      buckets: 10,
    },
    {
      name: 'a wider one when it must',
      fromNs: 0,
      toNs: 1_900,
      bucketNs: 200,
      first: 0,
      buckets: 10,
    },
    {
      name: 'buckets before the origin',
      fromNs: -150,
      toNs: 250,
      bucketNs: 100,
      first: -2,
      buckets: 5,
    },
    {
      name: 'one bucket for one instant',
      fromNs: 50,
      toNs: 50,
      bucketNs: 100,
      first: 0,
      buckets: 1,
    },
    {
      name: 'what is after the origin, when all is too long',
      fromNs: 0,
      toNs: 99_000,
      bucketNs: 1_000,
      first: 0,
      buckets: 10,
    },
    {
      name: 'a quarter before it, when both sides are too long',
      fromNs: -99_000,
      toNs: 99_000,
      bucketNs: 1_000,
      first: -2,
      buckets: 10,
    },
    {
      name: 'an axis also when all lies long before the origin',
      fromNs: -99_000,
      toNs: -90_000,
      bucketNs: 1_000,
      first: -99,
      buckets: 10,
    },
  ])('takes $name', ({ fromNs, toNs, bucketNs, first, buckets }) => {
    const axis = bucketAxis({
      originNs: 7,
      fromNs: fromNs + 7,
      toNs: toNs + 7,
      widthsNs,
      bucketsMax: 10,
    });
    expect(axis).toEqual({ originNs: 7, bucketNs, firstBucket: first, buckets });
  });
});

describe('TimeSeries', () => {
  it('puts an instant on a border into the later bucket', () => {
    const series = new TimeSeries({ originNs: 1_000, bucketNs: 100, firstBucket: -1, buckets: 3 });
    for (const atNs of [900, 999, 1_000, 1_099, 1_100, 1_199]) series.add(atNs);
    expect(series.toArray()).toEqual([2, 2, 2]);
  });

  it('counts what is off the axis instead of losing it', () => {
    const series = new TimeSeries({ originNs: 0, bucketNs: 100, firstBucket: 0, buckets: 1 });
    series.add(-1, 2);
    series.add(100, 3);
    series.add(Number.NaN);
    series.add(0, 5);
    expect(series.toArray()).toEqual([5]);
    expect(series.outside).toBe(6);
  });

  it('loses nothing: buckets and outside add up to what was added', () => {
    const instants = fc.array(fc.integer({ min: -5_000, max: 50_000 }), { minLength: 1 });
    fc.assert(
      fc.property(instants, fc.integer({ min: -1_000, max: 9_000 }), (atNs, originNs) => {
        const fromNs = Math.min(...atNs);
        const toNs = Math.max(...atNs);
        const axis = bucketAxis({ originNs, fromNs, toNs, widthsNs, bucketsMax: 20 });
        const series = new TimeSeries(axis);
        for (const instant of atNs) series.add(instant);
        const inside = series.toArray().reduce((sum, count) => sum + count, 0);
        expect(axis.buckets).toBeLessThanOrEqual(20);
        expect(inside + series.outside).toBe(atNs.length);
      }),
    );
  });
});
