import { describe, expect, it } from 'vitest';
import { exponential as drawExponential, rngFor } from '../../../../src/core/rng.ts';
import { deadline } from '../../../../src/policies/arrivals/deadline.ts';
import { exponential } from '../../../../src/policies/arrivals/exponential.ts';
import { herd } from '../../../../src/policies/arrivals/herd.ts';
import { lognormal } from '../../../../src/policies/arrivals/lognormal.ts';
import { poisson } from '../../../../src/policies/arrivals/poisson.ts';
import { ramp } from '../../../../src/policies/arrivals/ramp.ts';
import { steps } from '../../../../src/policies/arrivals/steps.ts';
import { trace } from '../../../../src/policies/arrivals/trace.ts';
import { uniform } from '../../../../src/policies/arrivals/uniform.ts';
import { weibull } from '../../../../src/policies/arrivals/weibull.ts';
import {
  type Cdf,
  critical,
  distance,
  distanceBetween,
  normalCdf,
} from '../../../helpers/goodness-of-fit.ts';

const samples = 100_000;
const rngOf = (index: number) => rngFor(2_026, 'fit', index);

/** Distribution functions as the textbooks have them, beside the code that is tested. */
const exponentialCdf =
  (mean: number): Cdf =>
  (x) =>
    x < 0 ? 0 : 1 - Math.exp(-x / mean);
const lognormalCdf =
  (median: number, sigma: number): Cdf =>
  (x) =>
    x <= 0 ? 0 : normalCdf(Math.log(x / median) / sigma);
const weibullCdf =
  (scale: number, shape: number): Cdf =>
  (x) =>
    x < 0 ? 0 : 1 - Math.exp(-((x / scale) ** shape));
const uniformCdf =
  (from: number, to: number): Cdf =>
  (x) =>
    Math.min(1, Math.max(0, (x - from) / (to - from)));
/** Of −x, the time left, with density ∝ 1 / (x + epsilon) on [0, horizon]. */
const deadlineCdf =
  (horizon: number, epsilon: number): Cdf =>
  (x) =>
    1 - Math.log(1 - x / epsilon) / Math.log(1 + horizon / epsilon);
/** Of a sum of Normal(0, skew) and a lognormal, by averaging over quantiles of the normal. */
function sumCdf(skew: number, median: number, sigma: number): Cdf {
  const points = 100;
  const quantiles = Array.from({ length: points }, (_, index) => {
    const wanted = (index + 0.5) / points;
    let [low, high] = [-6, 6];
    while (high - low > 1e-6) {
      const middle = (low + high) / 2;
      if (normalCdf(middle) < wanted) low = middle;
      else high = middle;
    }
    return low;
  });
  const reaction = lognormalCdf(median, sigma);
  return (x) => quantiles.reduce((sum, z) => sum + reaction(x - skew * z), 0) / points;
}
/** Of one click of a process whose rate goes in a line from `start` to `end` in a second. */
const rampCdf =
  (start: number, end: number): Cdf =>
  (ms) => {
    const t = ms / 1_000;
    return (start * t + ((end - start) * t * t) / 2) / ((start + end) / 2);
  };

/** Clicks up to `endMs`: given their number they are independent, with the rate as their density. */
const until = (clicks: Float64Array, endMs: number): Float64Array =>
  clicks.filter((click) => click <= endMs);

const gaps = (clicks: Float64Array): Float64Array =>
  clicks.map((click, index) => click - (index === 0 ? 1_000 : (clicks[index - 1] ?? 0)));

const levels = [
  { rate: 80_000, for: 250 },
  { rate: 0, for: 250 },
  { rate: 160_000, for: 500 },
];
const stepsCdf =
  (first: number): Cdf =>
  (ms) => {
    const second = 1 - first;
    return first * Math.min(1, ms / 250) + second * Math.min(1, Math.max(0, (ms - 500) / 500));
  };

/** A trace of 1,000 instants, dense at its start. */
const recorded = Array.from({ length: 1_000 }, (_, index) => index ** 2 / 100);
const recordedCdf =
  (power: number): Cdf =>
  (x) =>
    Math.min(1, Math.floor((100 * x) ** (1 / power) + 1 + 1e-9) / 1_000);

/** A shape, its distribution, and one that is almost the same. */
const cases: readonly (readonly [
  title: string,
  sample: () => Float64Array,
  right: Cdf,
  wrong: Cdf,
])[] = [
  [
    'herd: clock skew alone is normal',
    () => herd.clicksMs({ clockSkew: 50 }, samples, rngOf),
    (x) => normalCdf(x / 50),
    (x) => normalCdf(x / 53),
  ],
  [
    'herd: reaction alone is lognormal around its median',
    () =>
      herd.clicksMs(
        { clockSkew: 0, reaction: { lognormal: { median: 250, sigma: 0.5 } } },
        samples,
        rngOf,
      ),
    lognormalCdf(250, 0.5),
    lognormalCdf(258, 0.5),
  ],
  [
    'herd: skew and reaction add up, and are independent',
    () =>
      herd.clicksMs(
        { clockSkew: 100, reaction: { lognormal: { median: 250, sigma: 0.5 } } },
        samples,
        rngOf,
      ),
    sumCdf(100, 250, 0.5),
    sumCdf(110, 250, 0.5),
  ],
  [
    'deadline: in inverse proportion to the time left',
    () => deadline.clicksMs({ horizon: 60_000, epsilon: 200 }, samples, rngOf),
    deadlineCdf(60_000, 200),
    deadlineCdf(60_000, 220),
  ],
  [
    'uniform: over its window',
    () => uniform.clicksMs({ from: 20, within: 100 }, samples, rngOf),
    uniformCdf(20, 120),
    uniformCdf(20, 122),
  ],
  [
    'exponential: of its mean',
    () => exponential.clicksMs({ mean: 2_000 }, samples, rngOf),
    exponentialCdf(2_000),
    exponentialCdf(2_060),
  ],
  [
    'lognormal: of its median and sigma',
    () => lognormal.clicksMs({ median: 1_500, sigma: 0.8 }, samples, rngOf),
    lognormalCdf(1_500, 0.8),
    lognormalCdf(1_500, 0.84),
  ],
  [
    'weibull: of its shape and mean',
    () => weibull.clicksMs({ shape: 0.7, mean: 2_000 }, samples, rngOf),
    // Γ(1 + 1/0.7) = 1.265823, by tables.
    weibullCdf(2_000 / 1.265823, 0.7),
    weibullCdf(2_000 / 1.265823, 0.73),
  ],
  [
    'weibull: of shape 1 is exponential',
    () => weibull.clicksMs({ shape: 1, mean: 2_000 }, samples, rngOf),
    exponentialCdf(2_000),
    exponentialCdf(2_060),
  ],
  [
    'poisson: gaps are exponential',
    () => gaps(poisson.clicksMs({ rate: 500, from: 1_000 }, samples, rngOf)),
    exponentialCdf(2),
    exponentialCdf(2.06),
  ],
  [
    'ramp: upwards from nothing',
    () => until(ramp.clicksMs(ramps.up, samples, rngOf), 1_000),
    rampCdf(0, 200_000),
    rampCdf(5_000, 200_000),
  ],
  [
    'ramp: downwards',
    () => until(ramp.clicksMs(ramps.down, samples, rngOf), 1_000),
    rampCdf(150_000, 50_000),
    rampCdf(165_000, 50_000),
  ],
  [
    'steps: as many as each level asks for, and none where there is none',
    () => until(steps.clicksMs({ levels, from: 0 }, samples, rngOf), 1_000),
    stepsCdf(0.2),
    stepsCdf(0.21),
  ],
  [
    'trace: as it was recorded, for a hundred times the people',
    () => trace.clicksMs({ timesMs: recorded, resolutionMs: 0 }, samples, rngOf),
    recordedCdf(2),
    recordedCdf(2.01),
  ],
];

const ramps = {
  up: { startRate: 0, targetRate: 200_000, for: 1_000, from: 0 },
  down: { startRate: 150_000, targetRate: 50_000, for: 1_000, from: 0 },
};

describe('arrival shapes fit their distributions (Kolmogorov–Smirnov, 100,000 samples)', () => {
  it.each(cases)('%s', (_title, sample, right, wrong) => {
    const clicks = sample();
    expect(clicks.length).toBeGreaterThan(samples * 0.98);
    expect(distance(clicks, right)).toBeLessThan(critical(clicks.length));
    expect(distance(clicks, wrong)).toBeGreaterThan(critical(clicks.length));
  });

  it('ramps come out like thinning against the largest rate (Lewis and Shedler, 1979)', () => {
    const rng = rngFor(7, 'thinning');
    const thinned: number[] = [];
    for (let atMs = 0; atMs <= 1_000; ) {
      atMs += drawExponential(rng, 1_000 / ramps.down.startRate);
      const rate = 150_000 - 100 * atMs;
      if (rng.next() * 150_000 < rate && atMs <= 1_000) thinned.push(atMs);
    }
    const clicks = until(ramp.clicksMs(ramps.down, 110_000, rngOf), 1_000);
    // Their number is Poisson, of mean 100,000.
    expect(Math.abs(clicks.length - 100_000)).toBeLessThan(4 * Math.sqrt(100_000));
    expect(Math.abs(thinned.length - 100_000)).toBeLessThan(4 * Math.sqrt(100_000));
    const bound = critical(clicks.length) * Math.SQRT2;
    expect(distanceBetween(clicks, thinned)).toBeLessThan(bound);
    const up = until(ramp.clicksMs(ramps.up, samples, rngOf), 1_000);
    expect(distanceBetween(up, thinned)).toBeGreaterThan(bound);
  });
});
