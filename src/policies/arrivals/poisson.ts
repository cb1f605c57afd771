import { exponential } from '../../core/rng.ts';
import type { ArrivalProcess } from './arrival-process.ts';

/** How often clicks come, and from when on. */
export interface PoissonOptions {
  /** Clicks per second. */
  readonly rate: number;
  /** Start, in milliseconds after the opening. */
  readonly from: number;
}

/** A homogeneous Poisson process: gaps −ln(U)/rate, from `from` on. */
export const poisson: ArrivalProcess<PoissonOptions> = {
  name: 'poisson',
  describe: 'a steady stream with exponential gaps',
  clicksMs({ rate, from }, count, rngOf) {
    const clicks = new Float64Array(count);
    let atMs = from;
    for (let index = 0; index < count; index += 1) {
      atMs += exponential(rngOf(index), 1_000 / rate);
      clicks[index] = atMs;
    }
    return clicks;
  },
};
