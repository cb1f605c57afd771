import type { ArrivalProcess } from './arrival-process.ts';
import { profileClicksMs, type RatePiece } from './rate-profile.ts';

/** Which rates follow each other, and when. */
export interface StepsOptions {
  readonly levels: readonly {
    /** Clicks per second. */
    readonly rate: number;
    /** How long it stays, in milliseconds; left out of the last level, for good. */
    readonly for?: number | undefined;
  }[];
  /** Start of the first level, in milliseconds after the opening. */
  readonly from: number;
}

/** A Poisson process whose rate jumps from level to level. */
export const steps: ArrivalProcess<StepsOptions> = {
  name: 'steps',
  describe: 'a stream that jumps from rate to rate',
  clicksMs: (options, count, rngOf) =>
    profileClicksMs(stepPieces(options.levels), options.from, count, rngOf),
};

/** The rate of steps over time. */
export function stepPieces(levels: StepsOptions['levels']): readonly RatePiece[] {
  return levels.map((level) => ({
    startRate: level.rate,
    endRate: level.rate,
    durationMs: level.for ?? Number.POSITIVE_INFINITY,
  }));
}
