import { lognormal as drawLognormal } from '../../core/rng.ts';
import type { ArrivalProcess } from './arrival-process.ts';

/** How late latecomers come. */
export interface LognormalOptions {
  /** Half of them have come by then, in milliseconds after the opening: e^μ. */
  readonly median: number;
  /** σ of the underlying normal. */
  readonly sigma: number;
}

/** Latecomers with a slow start and a long tail: exp(μ + σZ) after the opening. */
export const lognormal: ArrivalProcess<LognormalOptions> = {
  name: 'lognormal',
  describe: 'latecomers, with a slow start and a long tail',
  clicksMs: ({ median, sigma }, count, rngOf) =>
    Float64Array.from({ length: count }, (_, index) => drawLognormal(rngOf(index), median, sigma)),
};
