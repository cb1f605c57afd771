import { nsPerMs, nsPerUs } from '../core/clock.ts';
import type { AttemptChunk } from '../history/chunk.ts';
import { operationIndexOfKind } from '../history/chunk.ts';
import type { AttemptStore } from '../history/store.ts';
import { operations } from '../history/vocabulary.ts';
import { LatencySeries } from '../metrics/latency-series.ts';
import { type TimedOperation, timedOperations } from '../metrics/names.ts';
import { bucketAxis } from '../metrics/timeseries.ts';
import { latencyTold } from './latency.ts';
import type { LatencyOverTime, OperationLatencyOverTime } from './result.ts';
import { isEmpty, type OrderSpan } from './timeline.ts';

const widthsMs = [50, 100, 200, 500, 1_000];
/** Fewer buckets than the timeline has: a percentile of three answers would say nothing. */
const bucketsMax = 150;

/**
 * Response times over time, each at the instant at which its request was due: a stall then shows when
 * people clicked into it, not when it was over. Operations that nobody timed are left out.
 */
export function latencyOverTime(
  attempts: AttemptStore,
  opensNs: number,
  span: OrderSpan,
): LatencyOverTime {
  if (isEmpty(span)) return { bucketMs: 100, startMs: 0, operations: {} };
  const widthsNs = widthsMs.map((ms) => ms * nsPerMs);
  const axis = bucketAxis({ originNs: opensNs, ...span, widthsNs, bucketsMax });
  const series = timedOperations.map((operation) => [operation, new LatencySeries(axis)] as const);
  const byIndex = operations.map((name) => series.find(([operation]) => operation === name)?.[1]);
  for (const chunk of attempts.chunks()) addChunk(chunk, byIndex);
  return {
    bucketMs: axis.bucketNs / nsPerMs,
    startMs: (axis.firstBucket * axis.bucketNs) / nsPerMs,
    operations: Object.fromEntries(series.flatMap(entryOf)),
  };
}

function addChunk(chunk: AttemptChunk, byIndex: readonly (LatencySeries | undefined)[]): void {
  const { length, kind, scheduledNs, doneNs } = chunk;
  const isTold = latencyTold(chunk);
  for (let row = 0; row < length; row += 1) {
    const series = byIndex[operationIndexOfKind(kind[row] ?? 0)];
    if (series === undefined || !isTold(row)) continue;
    const dueNs = scheduledNs[row] ?? Number.NaN;
    const us = ((doneNs[row] ?? Number.NaN) - dueNs) / nsPerUs;
    if (Number.isFinite(us)) series.add(dueNs, us);
  }
}

function entryOf([operation, series]: readonly [TimedOperation, LatencySeries]): [
  TimedOperation,
  OperationLatencyOverTime,
][] {
  const counts = series.counts();
  if (counts.every((count) => count === 0)) return [];
  return [
    [
      operation,
      {
        counts,
        p50: series.percentile(50),
        p90: series.percentile(90),
        p99: series.percentile(99),
        max: series.percentile(100),
      },
    ],
  ];
}
