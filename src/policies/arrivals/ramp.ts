import type { ArrivalProcess } from './arrival-process.ts';
import { profileClicksMs, type RatePiece } from './rate-profile.ts';

/** How the rate changes, and when. */
export interface RampOptions {
  /** Clicks per second before and after. */
  readonly startRate: number;
  readonly targetRate: number;
  /** How long the change takes, in milliseconds. */
  readonly for: number;
  /** Its start, in milliseconds after the opening. */
  readonly from: number;
}

/** A Poisson process whose rate goes from one value to another in a straight line, and stays there. */
export const ramp: ArrivalProcess<RampOptions> = {
  name: 'ramp',
  describe: 'a stream that swells or ebbs in a straight line, then stays',
  clicksMs: (options, count, rngOf) =>
    profileClicksMs(rampPieces(options), options.from, count, rngOf),
};

/** The rate of a ramp over time. */
export function rampPieces(options: Omit<RampOptions, 'from'>): readonly RatePiece[] {
  const { startRate, targetRate } = options;
  return [
    { startRate, endRate: targetRate, durationMs: options.for },
    { startRate: targetRate, endRate: targetRate, durationMs: Number.POSITIVE_INFINITY },
  ];
}
