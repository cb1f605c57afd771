import type { ArrivalProcess } from './arrival-process.ts';

/** How late latecomers come. */
export interface WeibullOptions {
  /** k: below 1 most come early, 1 is exponential. */
  readonly shape: number;
  /** Mean delay after the opening, in milliseconds. */
  readonly mean: number;
}

/**
 * Latecomers: scale · (−ln U)^(1/shape) after the opening, scale = mean / Γ(1 + 1/shape).
 * Drawn by inversion of the distribution function.
 */
export const weibull: ArrivalProcess<WeibullOptions> = {
  name: 'weibull',
  describe: 'latecomers, most of them early when shape is below 1',
  clicksMs({ shape, mean }, count, rngOf) {
    const scaleMs = mean / gamma(1 + 1 / shape);
    return Float64Array.from(
      { length: count },
      (_, index) => scaleMs * (-Math.log(1 - rngOf(index).next())) ** (1 / shape),
    );
  },
};

const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
  -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
  1.5056327351493116e-7,
] as const;

/** Γ(x) for x > 0 (Lanczos approximation, g = 7, n = 9; relative error below 1e-14). */
export function gamma(x: number): number {
  if (x < 0.5) return Math.PI / (Math.sin(Math.PI * x) * gamma(1 - x));
  const shifted = x - 1;
  let sum: number = lanczos[0];
  lanczos.forEach((coefficient, index) => {
    if (index > 0) sum += coefficient / (shifted + index);
  });
  const t = shifted + 7.5;
  return Math.sqrt(2 * Math.PI) * t ** (shifted + 0.5) * Math.exp(-t) * sum;
}
