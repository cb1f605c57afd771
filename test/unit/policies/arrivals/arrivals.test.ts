import { describe, expect, it } from 'vitest';
import { rngFor } from '../../../../src/core/rng.ts';
import { herd } from '../../../../src/policies/arrivals/herd.ts';
import { poisson } from '../../../../src/policies/arrivals/poisson.ts';
import { arrivalProcesses } from '../../../../src/policies/arrivals/registry.ts';
import { gamma, weibull } from '../../../../src/policies/arrivals/weibull.ts';

const samples = 100_000;
const rngOf = (index: number) => rngFor(2_026, 'fit', index);

/** Kolmogorov–Smirnov distance between a sample and a distribution function. */
function distance(sample: Float64Array, cdf: (x: number) => number): number {
  const sorted = sample.slice().sort();
  let largest = 0;
  sorted.forEach((x, index) => {
    const expected = cdf(x);
    largest = Math.max(largest, Math.abs(expected - index / sorted.length));
    largest = Math.max(largest, Math.abs(expected - (index + 1) / sorted.length));
  });
  return largest;
}

/** Critical distance at a significance of 0.001. */
const critical = 1.949 / Math.sqrt(samples);

/** Abramowitz and Stegun 7.1.26, error below 1.5e-7. */
function normalCdf(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const tail =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const erf = 1 - tail * Math.exp(-x * x);
  return z >= 0 ? (1 + erf) / 2 : (1 - erf) / 2;
}

describe('arrival processes fit their distributions (Kolmogorov–Smirnov, 100,000 samples)', () => {
  it('herd: clock skew alone is normal', () => {
    const clicks = herd.clicksMs({ clockSkew: 50 }, samples, rngOf);
    expect(distance(clicks, (x) => normalCdf(x / 50))).toBeLessThan(critical);
  });

  it('herd: reaction alone is lognormal around its median', () => {
    const clicks = herd.clicksMs(
      { clockSkew: 0, reaction: { lognormal: { median: 250, sigma: 0.5 } } },
      samples,
      rngOf,
    );
    expect(distance(clicks, (x) => normalCdf(Math.log(x / 250) / 0.5))).toBeLessThan(critical);
  });

  it('weibull has the given shape and mean', () => {
    const scale = 2_000 / gamma(1 + 1 / 0.7);
    const clicks = weibull.clicksMs({ shape: 0.7, mean: 2_000 }, samples, rngOf);
    expect(distance(clicks, (x) => 1 - Math.exp(-((x / scale) ** 0.7)))).toBeLessThan(critical);
  });

  it('poisson has exponential gaps', () => {
    const clicks = poisson.clicksMs({ rate: 500, from: 1_000 }, samples, rngOf);
    const gaps = clicks.map(
      (click, index) => click - (index === 0 ? 1_000 : (clicks[index - 1] ?? 0)),
    );
    expect(distance(gaps, (x) => 1 - Math.exp(-x / 2))).toBeLessThan(critical);
  });

  it('would notice a wrong distribution', () => {
    const clicks = weibull.clicksMs({ shape: 0.75, mean: 2_000 }, samples, rngOf);
    const scale = 2_000 / gamma(1 + 1 / 0.7);
    expect(distance(clicks, (x) => 1 - Math.exp(-((x / scale) ** 0.7)))).toBeGreaterThan(critical);
  });
});

describe('arrival processes', () => {
  it('a herd without skew and reaction clicks at the very opening', () => {
    expect([...herd.clicksMs({ clockSkew: 0 }, 3, rngOf)]).toEqual([0, 0, 0]);
  });

  it('carry the names they are registered under', () => {
    for (const [name, process] of Object.entries(arrivalProcesses)) {
      expect(process.name).toBe(name);
      expect(process.describe.length).toBeGreaterThan(10);
    }
  });

  it.each([
    [1, 1],
    [5, 24],
    [0.5, Math.sqrt(Math.PI)],
    [2.428571428571, 1.26582352],
  ])('gamma(%d) is right', (x, expected) => expect(gamma(x)).toBeCloseTo(expected, 6));
});
