import { exponential as drawExponential } from '../../core/rng.ts';
import type { ArrivalProcess } from './arrival-process.ts';

/** How late latecomers come. */
export interface ExponentialOptions {
  /** τ, the mean delay after the opening, in milliseconds. */
  readonly mean: number;
}

/** Latecomers whose interest decays at a constant rate: density e^(−t/τ)/τ after the opening. */
export const exponential: ArrivalProcess<ExponentialOptions> = {
  name: 'exponential',
  describe: 'latecomers, fewer by the same factor every second',
  clicksMs: ({ mean }, count, rngOf) =>
    Float64Array.from({ length: count }, (_, index) => drawExponential(rngOf(index), mean)),
};
