import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LatencyHistogram } from '../../../src/metrics/histogram.ts';
import { binRange, LatencyBins } from '../../../src/metrics/latency-bins.ts';

function binsOf(values: readonly number[]): LatencyBins {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.record(value);
  return LatencyBins.of(histogram);
}

describe('LatencyBins', () => {
  it('has eight bins to each doubling', () => {
    const bins = binsOf([1_024, 2_047]);
    const { fromUs } = bins.shape(bins.range());
    expect(fromUs).toEqual([1_024, 1_152, 1_280, 1_408, 1_536, 1_664, 1_792, 1_920]);
  });

  it('is empty when nothing was added', () => {
    const bins = binsOf([]);
    expect(bins.shape(binRange(bins.range()))).toEqual({ fromUs: [], counts: [] });
  });

  it('counts every latency once, in the bin that it lies in', () => {
    const latencies = fc.array(fc.integer({ min: -10, max: 2 ** 31 - 1 }), { minLength: 1 });
    fc.assert(
      fc.property(latencies, (values) => {
        const bins = binsOf(values);
        const { fromUs, counts } = bins.shape(bins.range());
        expect(fromUs).toEqual(fromUs.toSorted((a, b) => a - b));
        for (const [at, from] of fromUs.entries()) {
          const to = fromUs[at + 1] ?? Number.POSITIVE_INFINITY;
          const inside = values.filter((us) => Math.max(0, us) >= from && Math.max(0, us) < to);
          expect(counts[at]).toBe(inside.length);
        }
        expect(counts.reduce((a, b) => a + b)).toBe(values.length);
      }),
    );
  });

  it('lays two distributions over one another on one range', () => {
    const [a, b] = [binsOf([100]), binsOf([1_000])];
    const range = binRange(a.range(), b.range(), binsOf([]).range());
    expect(a.shape(range).fromUs).toEqual(b.shape(range).fromUs);
    expect(a.shape(range).counts.at(0)).toBe(1);
    expect(b.shape(range).counts.at(-1)).toBe(1);
  });
});
