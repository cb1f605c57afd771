import type { ArrivalProcess } from './arrival-process.ts';

/** A trace as it was read. */
export interface TraceOptions {
  /** Its instants, ascending, in milliseconds from the opening. */
  readonly timesMs: readonly number[];
  /** What they were cut off to, such as 1,000 in a log of whole seconds; 0 when they are exact. */
  readonly resolutionMs: number;
}

/**
 * Instants that were recorded elsewhere. With as many devices as instants each device gets one. With
 * fewer or more, device i of n gets one of the instants between the quantiles i/n and (i+1)/n, so that
 * the shape stays. Within what the clock of the trace could not tell apart, clicks are spread out.
 */
export const trace: ArrivalProcess<TraceOptions> = {
  name: 'trace',
  describe: 'the instants of an access log or a CSV file, played again',
  clicksMs: ({ timesMs, resolutionMs }, count, rngOf) => {
    const last = timesMs.length - 1;
    const scale = timesMs.length / count;
    return Float64Array.from({ length: count }, (_, index) => {
      const rng = rngOf(index);
      const quantile = scale === 1 ? index : Math.floor((index + rng.next()) * scale);
      const atMs = timesMs[Math.min(last, quantile)] ?? Number.POSITIVE_INFINITY;
      return atMs + resolutionMs * rng.next();
    });
  },
};
