import fc from 'fast-check';
import { build } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import {
  LatencyHistogram,
  latencyUsMax,
  type SerialisedHistogram,
} from '../../../src/metrics/histogram.ts';

const latencies = fc.array(fc.integer({ min: -1_000, max: 5_000_000_000 }), { maxLength: 200 });
const quantiles = [0, 1, 25, 50, 90, 99, 99.9, 100];

function histogramOf(values: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

function figures(histogram: LatencyHistogram): unknown {
  const { count, max, negativeCount, overflowCount } = histogram;
  const percentiles = quantiles.map((quantile) => histogram.percentile(quantile));
  return { count, max, negativeCount, overflowCount, percentiles };
}

describe('LatencyHistogram', () => {
  it('answers 0 for everything when nothing was recorded', () => {
    expect(figures(new LatencyHistogram())).toEqual({
      count: 0,
      max: 0,
      negativeCount: 0,
      overflowCount: 0,
      percentiles: quantiles.map(() => 0),
    });
  });

  it('keeps three significant digits and the exact maximum', () => {
    const histogram = histogramOf(Array.from({ length: 1_000 }, (_, index) => (index + 1) * 1_234));
    for (const quantile of [50, 90, 99]) {
      const exact = quantile * 10 * 1_234;
      expect(Math.abs(histogram.percentile(quantile) - exact) / exact).toBeLessThanOrEqual(0.001);
    }
    expect(histogram.max).toBe(1_234_000);
    expect(histogram.percentile(100)).toBe(1_234_000);
  });

  it('is within 0.1 % of the nearest-rank percentile, and never above the maximum', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: latencyUsMax }), { minLength: 1, maxLength: 300 }),
        fc.constantFrom(50, 90, 99),
        (values, quantile) => {
          const sorted = values.toSorted((a, b) => a - b);
          const exact = sorted[Math.max(0, Math.ceil((quantile / 100) * values.length) - 1)] ?? 0;
          const told = histogramOf(values).percentile(quantile);
          expect(told).toBeGreaterThanOrEqual(exact);
          expect(told).toBeLessThanOrEqual(Math.min(sorted.at(-1) ?? 0, exact * 1.001 + 1));
        },
      ),
    );
  });

  it('tells the same values apart as HdrHistogram does', () => {
    const anywhere = fc
      .tuple(fc.integer({ min: 0, max: 31 }), fc.integer({ min: -1, max: 1 }), fc.nat(2 ** 31))
      .map(([bit, step, noise]) => Math.max(0, 2 ** bit + step + (noise % (2 ** bit + 1))));
    fc.assert(
      fc.property(fc.array(anywhere, { minLength: 1, maxLength: 50 }), (values) => {
        const alone = build({ numberOfSignificantValueDigits: 3, autoResize: true });
        for (const value of values) alone.recordValue(Math.min(value, latencyUsMax));
        const max = Math.min(Math.max(...values), latencyUsMax);
        const histogram = histogramOf(values);
        for (let percent = 0; percent < 100; percent += 1) {
          const expected = Math.min(alone.getValueAtPercentile(percent), max);
          expect(histogram.percentile(percent)).toBe(expected);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('counts on after it was asked', () => {
    const histogram = histogramOf([5, 5_000]);
    expect(histogram.count).toBe(2);
    histogram.record(7);
    expect(figures(histogram)).toEqual(figures(histogramOf([5, 5_000, 7])));
  });

  it('records values below zero as 0 and counts them', () => {
    const histogram = histogramOf([-5, -0.4, 10]);
    expect(histogram.negativeCount).toBe(2);
    expect(histogram.count).toBe(3);
    expect(histogram.percentile(50)).toBe(0);
  });

  it('records values above an hour as an hour and counts them', () => {
    const histogram = histogramOf([latencyUsMax, latencyUsMax + 1, 1e15]);
    expect(histogram.overflowCount).toBe(2);
    expect(histogram.max).toBe(latencyUsMax);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %s, which would hide a bug', (value) => {
    expect(() => new LatencyHistogram().record(value)).toThrow('finite');
  });

  it('merges into exactly what recording into one histogram gives', () => {
    fc.assert(
      fc.property(latencies, latencies, (left, right) => {
        const merged = histogramOf(left);
        merged.merge(histogramOf(right));
        expect(figures(merged)).toEqual(figures(histogramOf([...left, ...right])));
      }),
    );
  });

  it('comes back from its plain values as it was', () => {
    const histogram = new LatencyHistogram();
    for (const us of [-3, 0, 1, 1_999, 2_000, 123_456, 5e9]) histogram.record(us);
    const plain = JSON.parse(JSON.stringify(histogram.serialise())) as SerialisedHistogram;
    const back = LatencyHistogram.deserialise(plain);
    expect(back.serialise()).toEqual(histogram.serialise());
    for (const percentile of [0, 50, 99, 100]) {
      expect(back.percentile(percentile)).toBe(histogram.percentile(percentile));
    }
    expect([back.count, back.negativeCount, back.overflowCount]).toEqual([7, 1, 1]);
  });
});
