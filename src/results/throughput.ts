import { nsPerMs } from '../core/clock.ts';
import type { ThroughputSummary, Timeline } from './result.ts';
import type { Sale } from './sales.ts';
import { sum } from './tally.ts';

/** What {@link throughputOf} reads. */
export interface ThroughputFacts {
  readonly sales: readonly Sale[];
  readonly opensNs: number;
  /** Units that the sale began with. */
  readonly stock: number;
  readonly timeline: Timeline;
}

/** How much the server got through, and how fast the stock was gone. */
export function throughputOf(facts: ThroughputFacts): ThroughputSummary {
  return { answersPeakPerS: peakPerS(facts.timeline), sellOutMs: sellOutMs(facts) };
}

/** Most answers to orders within any one second, of those that the timeline shows. */
function peakPerS({ completions, bucketMs }: Timeline): number {
  const width = Math.max(1, Math.round(1_000 / bucketMs));
  let within = sum(completions.slice(0, width));
  let peak = within;
  for (let end = width; end < completions.length; end += 1) {
    within += (completions[end] ?? 0) - (completions[end - width] ?? 0);
    peak = Math.max(peak, within);
  }
  return peak;
}

/** When the last unit of the first stock was acknowledged, from the opening; null when it never was. */
function sellOutMs({ sales, opensNs, stock }: ThroughputFacts): number | null {
  let left = stock;
  for (const { doneNs, units } of sales.toSorted((a, b) => a.doneNs - b.doneNs)) {
    left -= units;
    if (left <= 0) return (doneNs - opensNs) / nsPerMs;
  }
  return null;
}
