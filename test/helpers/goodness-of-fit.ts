/** A distribution function: the probability of a value of at most `x`. */
export type Cdf = (x: number) => number;

/** Kolmogorov–Smirnov distance between a sample and a distribution function. */
export function distance(sample: ArrayLike<number>, cdf: Cdf): number {
  const sorted = Float64Array.from(sample).sort();
  let largest = 0;
  sorted.forEach((x, index) => {
    const expected = cdf(x);
    largest = Math.max(largest, Math.abs(expected - index / sorted.length));
    largest = Math.max(largest, Math.abs(expected - (index + 1) / sorted.length));
  });
  return largest;
}

/** Kolmogorov–Smirnov distance between two samples. */
export function distanceBetween(one: ArrayLike<number>, other: ArrayLike<number>): number {
  const sorted = Float64Array.from(other).sort();
  let below = 0;
  const cdf = new Map<number, number>();
  for (const x of Float64Array.from(one).sort()) {
    while (below < sorted.length && (sorted[below] ?? 0) <= x) below += 1;
    cdf.set(x, below / sorted.length);
  }
  return distance(one, (x) => cdf.get(x) ?? 0);
}

/** What {@link distance} stays below in 999 of 1,000 samples that are of the distribution. */
export const critical = (samples: number): number => 1.949 / Math.sqrt(samples);

/** Abramowitz and Stegun 7.1.26, error below 1.5e-7. */
export function normalCdf(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const tail =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const erf = 1 - tail * Math.exp(-x * x);
  return z >= 0 ? (1 + erf) / 2 : (1 - erf) / 2;
}

/** Pearson's statistic of observed against expected counts. */
export function chiSquare(observed: readonly number[], expected: readonly number[]): number {
  return observed.reduce((sum, count, index) => {
    const mean = expected[index] ?? 0;
    return sum + (count - mean) ** 2 / mean;
  }, 0);
}
