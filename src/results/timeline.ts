import { nsPerMs } from '../core/clock.ts';
import { type AttemptChunk, operationIndexOfKind, outcomeIndexOfKind } from '../history/chunk.ts';
import type { EventRecord } from '../history/run-record.ts';
import type { AttemptStore } from '../history/store.ts';
import { operations, outcomeClasses } from '../history/vocabulary.ts';
import { type BucketAxis, bucketAxis, TimeSeries } from '../metrics/timeseries.ts';
import { CodeSeries } from './code-series.ts';
import type { Timeline } from './result.ts';
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
  /** What `firstSales` gives. */
  readonly sales: ReadonlySet<number>;
  /** Units that the sale began with. */
  readonly stock: number;
  readonly events: readonly EventRecord[];
}

/**
 * Order attempts over time, counted from the opening, in buckets of 20 ms to 1 s (at most 600; of
 * a longer run what lies around the opening).
 * - `arrivals`: attempts by when they were sent (never sent: when they were due), retries included;
 *   `retries` are those that were no first attempts.
 * - `answered`: attempts by when an answer came.
 * - `sold`: units by when the first ok answer to their key came.
 * - `refused` (`refusedByCode`: by kind), `uncertain`: attempts by when their end was known.
 * - `stockLeft`: units by these answers at the end of each bucket; below zero when too many were sold.
 */
export function buildTimeline(options: TimelineOptions): Timeline {
  const { attempts, opensNs, span, sales } = options;
  if (isEmpty(span)) {
    return { bucketMs: 100, startMs: 0, arrivals: [], sold: [], refused: [], uncertain: [] };
  }
  const widthsNs = widthsMs.map((ms) => ms * nsPerMs);
  const axis = bucketAxis({ originNs: opensNs, ...span, widthsNs, bucketsMax });
  const counter = new TimelineCounter(axis, sales);
  let base = 0;
  for (const chunk of attempts.chunks()) {
    counter.addChunk(chunk, base);
    base += chunk.length;
  }
  for (const { event, outcome, doneNs } of options.events) {
    if (event.kind === 'restock' && outcome === 'ok') counter.stock.add(doneNs, event.quantity);
  }
  return {
    bucketMs: axis.bucketNs / nsPerMs,
    startMs: (axis.firstBucket * axis.bucketNs) / nsPerMs,
    arrivals: counter.arrivals.toArray(),
    retries: counter.retries.toArray(),
    answered: counter.answered.toArray(),
    sold: counter.sold.toArray(),
    refused: counter.refused.toArray(),
    refusedByCode: counter.refusedByCode.toRecord(),
    uncertain: counter.uncertain.toArray(),
    stockLeft: counter.stock.levels(options.stock),
  };
}

/** Counts attempts into the buckets of an axis. */
class TimelineCounter {
  readonly arrivals: TimeSeries;
  readonly retries: TimeSeries;
  readonly answered: TimeSeries;
  readonly sold: TimeSeries;
  readonly refused: TimeSeries;
  readonly uncertain: TimeSeries;
  readonly refusedByCode: CodeSeries;
  readonly stock: StockLevel;
  readonly #sales: ReadonlySet<number>;
  readonly #cancelled = new Set<number>();

  constructor(axis: BucketAxis, sales: ReadonlySet<number>) {
    this.arrivals = new TimeSeries(axis);
    this.retries = new TimeSeries(axis);
    this.answered = new TimeSeries(axis);
    this.sold = new TimeSeries(axis);
    this.refused = new TimeSeries(axis);
    this.uncertain = new TimeSeries(axis);
    this.refusedByCode = new CodeSeries(axis);
    this.stock = new StockLevel(axis);
    this.#sales = sales;
  }

  /** @param base index of the chunk's first attempt */
  addChunk(chunk: AttemptChunk, base: number): void {
    const { length, kind, doneNs, quantity } = chunk;
    for (let row = 0; row < length; row += 1) {
      const kindOfRow = kind[row] ?? 0;
      const operation = operationIndexOfKind(kindOfRow);
      const isOk = outcomeIndexOfKind(kindOfRow) === okOutcome;
      if (operation === orderOperation) this.#addOrder(chunk, row, isOk);
      else if (operation === cancelOperation && isOk) this.#addCancel(chunk, row);
      // An asynchronous order is sold when a look-up says so.
      if (!isOk || !this.#sales.has(base + row)) continue;
      const endNs = doneNs[row] ?? Number.NaN;
      const units = quantity[row] ?? 0;
      this.sold.add(endNs, units);
      this.stock.add(endNs, -units);
    }
  }

  #addOrder(chunk: AttemptChunk, row: number, isOk: boolean): void {
    const endNs = chunk.doneNs[row] ?? Number.NaN;
    const startNs = startOf(chunk.scheduledNs[row] ?? 0, chunk.sentNs[row] ?? Number.NaN);
    this.arrivals.add(startNs);
    if ((chunk.attempt[row] ?? 0) > 1) this.retries.add(startNs);
    if ((chunk.status[row] ?? 0) > 0) this.answered.add(endNs);
    if (isOk) return;
    if (outcomeIndexOfKind(chunk.kind[row] ?? 0) !== failOutcome) {
      this.uncertain.add(endNs);
      return;
    }
    this.refused.add(endNs);
    this.refusedByCode.add(endNs, chunk.codes[chunk.code[row] ?? 0] ?? '');
  }

  /** A device that asks twice gives its units back once. */
  #addCancel({ intent, doneNs, quantity }: AttemptChunk, row: number): void {
    const intentOfRow = intent[row] ?? -1;
    if (this.#cancelled.has(intentOfRow)) return;
    this.#cancelled.add(intentOfRow);
    this.stock.add(doneNs[row] ?? Number.NaN, quantity[row] ?? 0);
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
