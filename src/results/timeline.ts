import { nsPerMs } from '../core/clock.ts';
import { probeAttempt } from '../history/attempt.ts';
import { type AttemptChunk, operationIndexOfKind, outcomeIndexOfKind } from '../history/chunk.ts';
import type { AttemptStore } from '../history/store.ts';
import { operations, outcomeClasses } from '../history/vocabulary.ts';
import { bucketAxis, TimeSeries } from '../metrics/timeseries.ts';
import { isHeldBack, orderEndsOf } from './order-ends.ts';
import type { Timeline } from './result.ts';

const orderOperation = operations.indexOf('order');
const statusOperation = operations.indexOf('status');
const okOutcome = outcomeClasses.indexOf('ok');
const failOutcome = outcomeClasses.indexOf('fail');

const widthsMs = [100, 200, 500, 1_000];
const bucketsMax = 120;

/**
 * Order attempts over time, counted from the opening, in buckets of 100 ms to 1 s (at most 120; of
 * a longer run what lies around the opening).
 * - `arrivals`: attempts by when they were sent (never sent: when they were due), retries included.
 * - `firstAttempts` by when they were due; `completions` and `useful`: answers by when they came.
 * - `sold`: units by when the first ok answer to their key came.
 * - `refused`, `uncertain`: attempts by when their end was known.
 *
 * What the client itself held back is in none of them but the first attempts.
 *
 * @param sales what {@link firstSales} gives
 */
export function buildTimeline(
  attempts: AttemptStore,
  opensNs: number,
  sales: ReadonlySet<number>,
): Timeline {
  const { fromNs, toNs } = spanOfOrders(attempts);
  if (!Number.isFinite(fromNs) || !(toNs >= fromNs)) return noTimeline;
  const widthsNs = widthsMs.map((ms) => ms * nsPerMs);
  const axis = bucketAxis({ originNs: opensNs, fromNs, toNs, widthsNs, bucketsMax });
  const series = {
    arrivals: new TimeSeries(axis),
    firstAttempts: new TimeSeries(axis),
    completions: new TimeSeries(axis),
    useful: new TimeSeries(axis),
    sold: new TimeSeries(axis),
    refused: new TimeSeries(axis),
    uncertain: new TimeSeries(axis),
  };
  let base = 0;
  for (const chunk of attempts.chunks()) {
    addOrders(series, chunk);
    for (let row = 0; row < chunk.length; row += 1) {
      // An asynchronous order is sold when a look-up says so.
      if (!sales.has(base + row)) continue;
      series.sold.add(chunk.doneNs[row] ?? Number.NaN, chunk.quantity[row] ?? 0);
    }
    base += chunk.length;
  }
  return {
    bucketMs: axis.bucketNs / nsPerMs,
    startMs: (axis.firstBucket * axis.bucketNs) / nsPerMs,
    arrivals: series.arrivals.toArray(),
    firstAttempts: series.firstAttempts.toArray(),
    completions: series.completions.toArray(),
    useful: series.useful.toArray(),
    sold: series.sold.toArray(),
    refused: series.refused.toArray(),
    uncertain: series.uncertain.toArray(),
  };
}

const noTimeline: Timeline = {
  bucketMs: 100,
  startMs: 0,
  arrivals: [],
  firstAttempts: [],
  completions: [],
  useful: [],
  sold: [],
  refused: [],
  uncertain: [],
};

type OrderSeries = Readonly<
  Record<Exclude<keyof Timeline, 'bucketMs' | 'startMs' | 'sold'>, TimeSeries>
>;

function addOrders(series: OrderSeries, chunk: AttemptChunk): void {
  const { length, kind, attempt, scheduledNs, sentNs, doneNs } = chunk;
  const endOf = orderEndsOf(chunk);
  for (let row = 0; row < length; row += 1) {
    const kindOfRow = kind[row] ?? 0;
    if (operationIndexOfKind(kindOfRow) !== orderOperation) continue;
    const dueNs = scheduledNs[row] ?? 0;
    const endNs = doneNs[row] ?? Number.NaN;
    if (attempt[row] === 1) series.firstAttempts.add(dueNs);
    const end = endOf(row);
    if (isHeldBack(end)) continue;
    series.arrivals.add(startOf(dueNs, sentNs[row] ?? Number.NaN));
    const isProbe = attempt[row] === probeAttempt;
    if (!isProbe && (end === 'useful' || end === 'answered')) series.completions.add(endNs);
    if (!isProbe && end === 'useful') series.useful.add(endNs);
    const outcome = outcomeIndexOfKind(kindOfRow);
    if (outcome === okOutcome) continue;
    (outcome === failOutcome ? series.refused : series.uncertain).add(endNs);
  }
}

function spanOfOrders(attempts: AttemptStore): { readonly fromNs: number; readonly toNs: number } {
  let fromNs = Number.POSITIVE_INFINITY;
  let toNs = Number.NEGATIVE_INFINITY;
  for (const { length, kind, scheduledNs, sentNs, doneNs } of attempts.chunks()) {
    for (let row = 0; row < length; row += 1) {
      if (operationIndexOfKind(kind[row] ?? 0) !== orderOperation) continue;
      fromNs = Math.min(fromNs, startOf(scheduledNs[row] ?? 0, sentNs[row] ?? Number.NaN));
      toNs = Math.max(toNs, doneNs[row] ?? Number.NaN);
    }
  }
  return { fromNs, toNs };
}

function startOf(scheduledNs: number, sentNs: number): number {
  return Number.isNaN(sentNs) ? scheduledNs : sentNs;
}

/**
 * Indices of the attempts that sold something: of each idempotency key the ok answer to an order, or
 * look-up that found it, that came first. A server that answers a retry with the stored order says
 * ok again, but sold once.
 */
export function firstSales(attempts: AttemptStore): ReadonlySet<number> {
  const firstByKey = new Map<string, { index: number; doneNs: number }>();
  let base = 0;
  for (const { length, kind, intent, keyVariant, doneNs } of attempts.chunks()) {
    for (let row = 0; row < length; row += 1) {
      const kindOfRow = kind[row] ?? 0;
      if (outcomeIndexOfKind(kindOfRow) !== okOutcome) continue;
      const operation = operationIndexOfKind(kindOfRow);
      const intentOfRow = intent[row] ?? -1;
      const isLookUp = operation === statusOperation && intentOfRow >= 0;
      if (operation !== orderOperation && !isLookUp) continue;
      const index = base + row;
      // An order that serves no intent has no key: each one stands for itself.
      const key = intentOfRow < 0 ? `#${index}` : `${intentOfRow}.${keyVariant[row] ?? 0}`;
      const first = firstByKey.get(key);
      const endNs = doneNs[row] ?? Number.NaN;
      if (first === undefined || endNs < first.doneNs) {
        firstByKey.set(key, { index, doneNs: endNs });
      }
    }
    base += length;
  }
  return new Set(Array.from(firstByKey.values(), ({ index }) => index));
}
