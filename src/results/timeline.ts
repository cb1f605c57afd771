import { nsPerMs } from '../core/clock.ts';
import type { AttemptStore } from '../history/store.ts';
import { bucketAxis, TimeSeries } from '../metrics/timeseries.ts';
import type { Timeline } from './result.ts';

const widthsMs = [100, 200, 500, 1_000];
const bucketsMax = 120;

/**
 * Order attempts over time, counted from the opening, in buckets of 100 ms to 1 s (at most 120; of
 * a longer run what lies around the opening).
 * - `arrivals`: attempts by when they were sent (never sent: when they were due), retries included.
 * - `sold`: units by when the first ok answer to their key came.
 * - `refused`, `uncertain`: attempts by when their end was known.
 */
export function buildTimeline(attempts: AttemptStore, opensNs: number): Timeline {
  let fromNs = Number.POSITIVE_INFINITY;
  let toNs = Number.NEGATIVE_INFINITY;
  attempts.forEach(({ operation, scheduledNs, sentNs, doneNs }) => {
    if (operation !== 'order') return;
    fromNs = Math.min(fromNs, startOf(scheduledNs, sentNs));
    toNs = Math.max(toNs, doneNs);
  });
  if (!Number.isFinite(fromNs) || !(toNs >= fromNs)) {
    return { bucketMs: 100, startMs: 0, arrivals: [], sold: [], refused: [], uncertain: [] };
  }
  const widthsNs = widthsMs.map((ms) => ms * nsPerMs);
  const axis = bucketAxis({ originNs: opensNs, fromNs, toNs, widthsNs, bucketsMax });
  const arrivals = new TimeSeries(axis);
  const sold = new TimeSeries(axis);
  const refused = new TimeSeries(axis);
  const uncertain = new TimeSeries(axis);
  const soldKeys = firstSales(attempts);
  attempts.forEach((attempt, index) => {
    if (attempt.operation !== 'order') return;
    arrivals.add(startOf(attempt.scheduledNs, attempt.sentNs));
    if (attempt.outcome === 'fail') refused.add(attempt.doneNs);
    else if (attempt.outcome === 'info') uncertain.add(attempt.doneNs);
    else if (soldKeys.has(index)) sold.add(attempt.doneNs, attempt.quantity);
  });
  return {
    bucketMs: axis.bucketNs / nsPerMs,
    startMs: (axis.firstBucket * axis.bucketNs) / nsPerMs,
    arrivals: arrivals.toArray(),
    sold: sold.toArray(),
    refused: refused.toArray(),
    uncertain: uncertain.toArray(),
  };
}

function startOf(scheduledNs: number, sentNs: number): number {
  return Number.isNaN(sentNs) ? scheduledNs : sentNs;
}

/**
 * Indices of the attempts that sold something: of each idempotency key the ok answer that came
 * first. A server that answers a retry with the stored order says ok again, but sold once.
 */
export function firstSales(attempts: AttemptStore): ReadonlySet<number> {
  const firstByKey = new Map<string, { index: number; doneNs: number }>();
  attempts.forEach(({ operation, outcome, intent, keyVariant, doneNs }, index) => {
    if (operation !== 'order' || outcome !== 'ok') return;
    // An order that serves no intent has no key: each one stands for itself.
    const key = intent < 0 ? `#${index}` : `${intent}.${keyVariant}`;
    const first = firstByKey.get(key);
    if (first === undefined || doneNs < first.doneNs) firstByKey.set(key, { index, doneNs });
  });
  return new Set(Array.from(firstByKey.values(), ({ index }) => index));
}
