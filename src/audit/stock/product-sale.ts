import type { TruthOrder } from '../../history/truth.ts';
import type { StockHistory } from '../checkers/stock-bounds.ts';
import type { Evidence } from '../evidence.ts';
import type { EvidenceIndex, ProductView } from '../evidence-index.ts';
import { type LogicalOrder, liveRows, soldByNs, wasFound } from '../logical-order.ts';
import type { StockOperations } from './stock-operations.ts';

const never = Number.POSITIVE_INFINITY;
const unknownStart = Number.NEGATIVE_INFINITY;

/**
 * What is known of units that were taken:
 * - `sold`: an answer, a look-up or a row says so;
 * - `extra`: a second row under the same key took them, which nobody was answered;
 * - `open`: perhaps they were taken, perhaps not.
 */
type Taken = 'sold' | 'extra' | 'open';

/** Everything that took or may have taken units of one product, and when it may have given them back. */
export class ProductSale {
  readonly taken: Taken[] = [];
  readonly sentNs: number[] = [];
  readonly takenByNs: number[] = [];
  readonly returnSentNs: number[] = [];
  readonly returnedByNs: number[] = [];
  readonly units: number[] = [];
  /** The order; undefined for what no order of the run accounts for. */
  readonly orders: (LogicalOrder | undefined)[] = [];
  /** Some units may have come back. */
  hasReturns: boolean;
  /** No movement was of more than one unit. */
  isUnitary = true;

  /** @param withdrawn rows of the product that {@link withdrawnStrangers} found */
  constructor(
    evidence: Evidence,
    index: EvidenceIndex,
    view: ProductView,
    read: StockOperations,
    withdrawn: readonly TruthOrder[],
  ) {
    this.hasReturns = view.lastReturnNs > Number.NEGATIVE_INFINITY;
    for (const order of view.traced) this.#addOrder(evidence, index, order, read);
    // Of rows that no attempt accounts for nobody knows since when they stand, or stood.
    for (const { row } of view.strangers) this.#addOpen(row.quantity, unknownStart);
    for (const { quantity } of view.otherRows) this.#addOpen(quantity, unknownStart);
    for (const { quantity, sentNs } of view.reuses) {
      this.#addOpen(quantity, Number.isNaN(sentNs) ? unknownStart : sentNs);
    }
    for (const { quantity } of withdrawn) {
      this.hasReturns = true;
      this.#addOpen(quantity, unknownStart);
    }
  }

  /** Some units were perhaps taken, perhaps not. */
  get hasOpen(): boolean {
    return this.taken.includes('open');
  }

  /** Instants at which something of the kinds was sent. */
  sentOf(...kinds: readonly Taken[]): Float64Array {
    return Float64Array.from(this.sentNs.filter((_, row) => this.#is(kinds, row)));
  }

  /** Orders that were sold, as {@link sentOf} counts them. */
  get soldOrders(): readonly (LogicalOrder | undefined)[] {
    return this.orders.filter((_, row) => this.taken[row] === 'sold');
  }

  /** The columns that C5 takes, of the kinds that are named. */
  columnsOf(...kinds: readonly Taken[]): StockHistory['orders'] {
    const pick = (column: readonly number[]): Float64Array =>
      Float64Array.from(column.filter((_, row) => this.#is(kinds, row)));
    return {
      sentNs: pick(this.sentNs),
      takenByNs: pick(this.takenByNs),
      returnSentNs: pick(this.returnSentNs),
      returnedByNs: pick(this.returnedByNs),
      units: pick(this.units),
    };
  }

  #is(kinds: readonly Taken[], row: number): boolean {
    const kind = this.taken[row];
    return kind !== undefined && kinds.includes(kind);
  }

  #addOrder(
    evidence: Evidence,
    { snapshot }: EvidenceIndex,
    order: LogicalOrder,
    { effectSentNs, endedOpen }: StockOperations,
  ): void {
    const isSold = order.outcome === 'ok' || wasFound(order) || order.confirmedRows > 0;
    const endsOpen = endedOpen[order.ordinal] === 1;
    if (!isSold && !mayHaveTaken(order, snapshot === 'settled', endsOpen)) return;
    const effectNs = effectSentNs[order.ordinal] ?? Number.NaN;
    const sentNs = !Number.isNaN(effectNs)
      ? effectNs
      : Number.isNaN(order.firstSentNs)
        ? unknownStart
        : order.firstSentNs;
    const { fromNs, byNs } = returnOf(evidence, order, sentNs, endsOpen);
    if (fromNs < never) this.hasReturns = true;
    this.#add(isSold ? 'sold' : 'open', sentNs, order.quantity, order);
    const row = this.taken.length - 1;
    this.takenByNs[row] = soldByNs(order);
    this.returnSentNs[row] = fromNs;
    this.returnedByNs[row] = byNs;
    this.#addExtra(order, sentNs);
  }

  /** Rows and order ids beyond the first: duplicates take units like any order. */
  #addExtra(order: LogicalOrder, sentNs: number): void {
    const { quantity, confirmedUnits, orderIds, rowIds, cancelledRows } = order;
    const certain = Math.max(0, confirmedUnits - quantity);
    const copies = Math.max(
      new Set([...orderIds, ...rowIds]).size,
      liveRows(order) + cancelledRows,
    );
    const possible = Math.max(0, (copies - 1) * quantity - certain);
    if (certain > 0) this.#add('extra', sentNs, certain, order);
    if (possible > 0) this.#add('open', sentNs, possible, order);
  }

  #addOpen(units: number, sentNs: number): void {
    this.#add('open', sentNs, units, undefined);
  }

  #add(taken: Taken, sentNs: number, units: number, order: LogicalOrder | undefined): void {
    this.taken.push(taken);
    this.sentNs.push(sentNs);
    this.takenByNs.push(never);
    this.returnSentNs.push(never);
    this.returnedByNs.push(never);
    this.units.push(units);
    this.orders.push(order);
    if (units !== 1) this.isUnitary = false;
  }
}

/** An order that nothing says was sold: whether it may have had units all the same, if only for a time. */
function mayHaveTaken(order: LogicalOrder, settled: boolean, endsOpen: boolean): boolean {
  if (isRefusedForStock(order, endsOpen)) return false;
  if (liveRows(order) > 0 || order.cancelledRows > 0 || order.cancel !== 'none') return true;
  if (order.outcome === 'fail') return false;
  // Accepted for later: it may have been given units that were taken back when it came to nothing.
  if (order.details.acceptedAttempt >= 0) return true;
  if (order.lookUp === 'cancelled') return true;
  return !settled && order.lookUp !== 'not-found';
}

/** Decided against for want of stock, by the last word about it: it never had any. */
function isRefusedForStock(order: LogicalOrder, endsOpen: boolean): boolean {
  if (liveRows(order) > 0) return false;
  if (order.lookUp === 'refused') return order.details.lookUpSoldOut && !endsOpen;
  return order.outcome === 'fail' && order.soldOutAttempt === order.lastAttempt;
}

interface Span {
  readonly fromNs: number;
  readonly byNs: number;
}

/** When the units of an order may have come back, and by when they had for certain. */
function returnOf(
  evidence: Evidence,
  order: LogicalOrder,
  sentNs: number,
  endsOpen: boolean,
): Span {
  const { cancel, cancelledRows, confirmedRows, lookUp, details } = order;
  if (cancel !== 'none') {
    const fromNs = Number.isNaN(details.cancelSentNs) ? unknownStart : details.cancelSentNs;
    // Sent again afterwards, or still there: nobody knows whether the units stayed away.
    const isFinal = confirmedRows === 0 && !(lastSentNs(evidence, order) >= fromNs);
    return { fromNs, byNs: isFinal ? details.cancelDoneNs : never };
  }
  if (cancelledRows > 0 || lookUp === 'cancelled') return { fromNs: sentNs, byNs: never };
  if (lookUp === 'refused' && confirmedRows === 0) {
    return { fromNs: sentNs, byNs: endsOpen ? never : details.lookUpNs };
  }
  return { fromNs: never, byNs: never };
}

function lastSentNs({ attempts }: Evidence, { lastAttempt }: LogicalOrder): number {
  return lastAttempt < 0 ? Number.NaN : attempts.read(lastAttempt).sentNs;
}

/** Withdrawn rows that no order of the run accounts for, by the product's id. */
export function withdrawnStrangers(
  evidence: Evidence,
  index: EvidenceIndex,
): ReadonlyMap<string, readonly TruthOrder[]> {
  const byProduct = new Map<string, TruthOrder[]>();
  for (const row of index.truth?.orders ?? []) {
    if (row.status !== 'cancelled') continue;
    const key = row.key === null ? undefined : evidence.names.parseKey(row.key);
    if (key !== undefined && index.hasOrderOf(key.intent, key.keyVariant)) continue;
    const rows = byProduct.get(row.productId) ?? [];
    byProduct.set(row.productId, rows);
    rows.push(row);
  }
  return byProduct;
}
