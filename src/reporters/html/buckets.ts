import type { RunResult } from '../../results/result.ts';
import type { ChartSpec } from './chart-spec.ts';
import { rangesOf } from './marks.ts';

/** More steps than these in the part that is shown first are a thicket. */
const stepsMax = 160;

/** The timeline's axis, and how its series are brought on it. */
export interface TimelineAxis {
  readonly x: ChartSpec['x'];
  readonly ranges: ChartSpec['ranges'];
  /** Counts per bucket as a rate per second. */
  readonly perS: (counts: readonly number[]) => number[];
  /** Levels at the end of each bucket. */
  readonly levels: (values: readonly number[]) => number[];
}

/**
 * The timeline in steps that the eye can follow: so many neighbours are put together that the part
 * which is shown first has at most 160. The opening stays a border between two.
 */
export function timelineAxis(result: RunResult, label: string): TimelineAxis {
  const { startMs, bucketMs, arrivals } = result.timeline;
  const endMs = startMs + arrivals.length * bucketMs;
  const ranges = rangesOf(result, startMs, endMs);
  const { from, to } = ranges[0] ?? { from: startMs, to: endMs };
  const size = Math.max(1, Math.ceil((to - from) / bucketMs / stepsMax));
  const stepMs = size * bucketMs;
  const first = Math.floor(startMs / stepMs);
  const steps = Math.ceil(endMs / stepMs) - first;
  const stepOf = (at: number): number => Math.floor((startMs + at * bucketMs) / stepMs) - first;
  return {
    x: {
      label,
      unit: 'instant',
      values: Array.from({ length: steps }, (_, step) => (first + step) * stepMs),
      end: (first + steps) * stepMs,
    },
    ranges,
    perS: (counts) => {
      const sums = new Array<number>(steps).fill(0);
      for (const [at, count] of counts.entries())
        sums[stepOf(at)] = (sums[stepOf(at)] ?? 0) + count;
      return sums.map((sum) => (sum * 1_000) / stepMs);
    },
    levels: (values) => {
      const last: number[] = [];
      for (const [at, value] of values.entries()) last[stepOf(at)] = value;
      return last;
    },
  };
}
