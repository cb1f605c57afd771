import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rngFor } from '../../../../src/core/rng.ts';
import { popularities } from '../../../../src/policies/popularity/registry.ts';
import { uniform } from '../../../../src/policies/popularity/uniform.ts';
import { zipf } from '../../../../src/policies/popularity/zipf.ts';
import { chiSquare } from '../../../helpers/goodness-of-fit.ts';

const samples = 100_000;

function counts(choose: (draw: number) => number, products: number): number[] {
  const found = Array.from({ length: products }, () => 0);
  for (let index = 0; index < samples; index += 1) {
    const which = choose(rngFor(2_026, 'product', index).next());
    found[which] = (found[which] ?? 0) + 1;
  }
  return found;
}

/** Expected counts under Zipf's law, as the textbooks have it. */
function zipfCounts(exponent: number, products: number): number[] {
  const weights = Array.from({ length: products }, (_, index) => 1 / (index + 1) ** exponent);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => (samples * weight) / total);
}

/** χ² of 9 degrees of freedom stays below it in 999 of 1,000 samples. */
const critical9 = 27.88;

describe('popularity', () => {
  it('carries the names it is registered under', () => {
    for (const [name, popularity] of Object.entries(popularities)) {
      expect(popularity.name).toBe(name);
      expect(popularity.describe.length).toBeGreaterThan(10);
    }
  });

  it.each([0.7, 1, 2])('of ten products follows Zipf’s law with exponent %d (χ²)', (exponent) => {
    const found = counts(zipf.chooser(exponent, 10), 10);
    expect(chiSquare(found, zipfCounts(exponent, 10))).toBeLessThan(critical9);
    expect(chiSquare(found, zipfCounts(exponent + 0.05, 10))).toBeGreaterThan(critical9);
  });

  it('is uniform unless something else is asked for, or the exponent is 0', () => {
    const even = zipfCounts(0, 10);
    expect(chiSquare(counts(uniform.chooser(undefined, 10), 10), even)).toBeLessThan(critical9);
    expect(chiSquare(counts(zipf.chooser(0, 10), 10), even)).toBeLessThan(critical9);
    expect(chiSquare(counts(zipf.chooser(0.1, 10), 10), even)).toBeGreaterThan(critical9);
  });

  it('names a product that there is, whatever is drawn', () => {
    const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const exponent = fc.double({ min: 0, max: 10, noNaN: true });
    fc.assert(
      fc.property(draw, exponent, fc.integer({ min: 1, max: 100 }), (u, s, products) => {
        for (const choose of [zipf.chooser(s, products), uniform.chooser(undefined, products)]) {
          const which = choose(u);
          expect(Number.isInteger(which)).toBe(true);
          expect(which).toBeGreaterThanOrEqual(0);
          expect(which).toBeLessThan(products);
        }
      }),
    );
  });
});
