import { nsPerMs } from '../core/clock.ts';
import { probeAttempt } from '../history/attempt.ts';
import { type AttemptChunk, operationIndexOfKind, outcomeIndexOfKind } from '../history/chunk.ts';
import type { EventRecord } from '../history/run-record.ts';
import type { AttemptStore } from '../history/store.ts';
import { operations, outcomeClasses } from '../history/vocabulary.ts';
import { type BucketAxis, bucketAxis, positionOn, TimeSeries } from '../metrics/timeseries.ts';
import { CodeSeries } from './code-series.ts';
import { isHeldBack, orderEnds, orderEndsOf } from './order-ends.ts';
import type { Timeline } from './result.ts';
import type { Sale } from './sales.ts';
import { StockLevel } from './stock-level.ts';

const orderOperation = operations.indexOf('order');
const cancelOperation = operations.indexOf('cancel');
const okOutcome = outcomeClasses.indexOf('ok');
const failOutcome = outcomeClasses.indexOf('fail');

const widthsMs = [20, 50, 100, 200, 500, 1_000];
const bucketsMax = 600;

/** What a timeline is made of. */
export interface TimelineOptions {
  readonly attempts: AttemptStore;
  readonly opensNs: number;
  readonly span: OrderSpan;
  readonly sales: readonly Sale[];
  /** Units that the sale began with. */
  readonly stock: number;
  readonly events: readonly EventRecord[];
}

/**
 * Order attempts over time, counted from the opening, in buckets of 20 ms to 1 s (at most 600; of
 * a longer run what lies around the opening).
 * - `arrivals`: attempts by when they were sent (never sent: when they were due), retries included;
 *   `retries` are those that were no first attempts.
 * - `firstAttempts` by when they were due; `completions` and `useful`: answers by when they came.
 * - `sold`: units by when the first ok answer to their key came.
 * - `refused` (`refusedByCode`: by kind), `uncertain`: attempts by when their end was known.
 * - `stockLeft`: units by these answers at the end of each bucket; below zero when too many were sold.
 *
 * What the client itself held back is in none of them but the first attempts.
 */
export function buildTimeline(options: TimelineOptions): Timeline {
  const { attempts, opensNs, span, sales, stock, events } = options;
  if (isEmpty(span)) return emptyTimeline;
  const widthsNs = widthsMs.map((ms) => ms * nsPerMs);
  const axis = bucketAxis({ originNs: opensNs, ...span, widthsNs, bucketsMax });
  const counter = new OrderCounter(axis);
  for (const chunk of attempts.chunks()) counter.addChunk(chunk);
  const { series, level } = counter;
  for (const { doneNs, units } of sales) {
    // An asynchronous order is sold when a look-up says so.
    series.sold.add(doneNs, units);
    level.add(doneNs, -units);
  }
  for (const { event, outcome, doneNs } of events) {
    if (event.kind === 'restock' && outcome === 'ok') level.add(doneNs, event.quantity);
  }
  return {
    bucketMs: axis.bucketNs / nsPerMs,
    startMs: (axis.firstBucket * axis.bucketNs) / nsPerMs,
    arrivals: series.arrivals.toArray(),
    retries: series.retries.toArray(),
    firstAttempts: series.firstAttempts.toArray(),
    completions: series.completions.toArray(),
    useful: series.useful.toArray(),
    sold: series.sold.toArray(),
    refused: series.refused.toArray(),
    refusedByCode: counter.refusedByCode.toRecord(),
    uncertain: series.uncertain.toArray(),
    stockLeft: level.levels(stock),
  };
}

/** The timeline of a run in which nobody ordered. */
export const emptyTimeline: Timeline = {
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

/** Counts attempts into the buckets of an axis, by column: there may be millions. */
class OrderCounter {
  readonly series;
  readonly refusedByCode: CodeSeries;
  /** What cancels gave back; the sales are not in it. */
  readonly level: StockLevel;
  readonly #axis: BucketAxis;
  readonly #cancelled = new Set<number>();

  constructor(axis: BucketAxis) {
    this.#axis = axis;
    this.series = {
      arrivals: new TimeSeries(axis),
      retries: new TimeSeries(axis),
      firstAttempts: new TimeSeries(axis),
      completions: new TimeSeries(axis),
      useful: new TimeSeries(axis),
      sold: new TimeSeries(axis),
      refused: new TimeSeries(axis),
      uncertain: new TimeSeries(axis),
    };
    this.refusedByCode = new CodeSeries(axis);
    this.level = new StockLevel(axis);
  }

  addChunk(chunk: AttemptChunk): void {
    const { length, kind } = chunk;
    const endOf = orderEndsOf(chunk);
    const refusedBy = this.refusedByCode.ofChunk(chunk.codes);
    for (let row = 0; row < length; row += 1) {
      const kindOfRow = kind[row] ?? 0;
      const operation = operationIndexOfKind(kindOfRow);
      const outcome = outcomeIndexOfKind(kindOfRow);
      if (operation === cancelOperation && outcome === okOutcome) this.#addCancel(chunk, row);
      if (operation !== orderOperation) continue;
      const ended = this.#addOrder(chunk, row, endOf(row));
      if (ended === undefined || outcome === okOutcome) continue;
      if (outcome === failOutcome) {
        this.series.refused.addAt(ended);
        refusedBy(chunk.code[row] ?? 0).addAt(ended);
      } else this.series.uncertain.addAt(ended);
    }
  }

  /** Gives the bucket that the attempt ended in; undefined when it was held back. */
  #addOrder(
    { attempt, scheduledNs, sentNs, doneNs }: AttemptChunk,
    row: number,
    end: number,
  ): number | undefined {
    const { series } = this;
    const number = attempt[row] ?? 0;
    const dueNs = scheduledNs[row] ?? 0;
    if (number === 1) series.firstAttempts.add(dueNs);
    if (isHeldBack(end)) return undefined;
    const started = positionOn(this.#axis, startOf(dueNs, sentNs[row] ?? Number.NaN));
    series.arrivals.addAt(started);
    if (number > 1) series.retries.addAt(started);
    const ended = positionOn(this.#axis, doneNs[row] ?? Number.NaN);
    const isUseful = end === orderEnds.useful;
    if (number !== probeAttempt && (isUseful || end === orderEnds.answered)) {
      series.completions.addAt(ended);
      if (isUseful) series.useful.addAt(ended);
    }
    return ended;
  }

  /** A device that asks twice gives its units back once. */
  #addCancel({ intent, doneNs, quantity }: AttemptChunk, row: number): void {
    const intentOfRow = intent[row] ?? -1;
    if (this.#cancelled.has(intentOfRow)) return;
    this.#cancelled.add(intentOfRow);
    this.level.add(doneNs[row] ?? Number.NaN, quantity[row] ?? 0);
  }
}

/** From the first order that was sent (or due) to the last end of one, in ns of the run's clock. */
export interface OrderSpan {
  readonly fromNs: number;
  readonly toNs: number;
}

/** The time that the orders of a run took. */
export function spanOfOrders(attempts: AttemptStore): OrderSpan {
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

/** True when nobody ordered, or nobody knows when. */
export function isEmpty({ fromNs, toNs }: OrderSpan): boolean {
  return !Number.isFinite(fromNs) || !(toNs >= fromNs);
}

function startOf(scheduledNs: number, sentNs: number): number {
  return Number.isNaN(sentNs) ? scheduledNs : sentNs;
}
