import { countUpTo, sortedOrder } from './instants.ts';

/**
 * The sale of one product by single units, of which none ever comes back, where every answer to an
 * order that sold tells what was left right after it. Instants are ns since the run's epoch; equal
 * ones overlap.
 */
export interface RemainingStockHistory {
  /** Units that there were to sell. */
  readonly stock: number;
  /** Of each order that sold: when it was sent, when its answer was complete, and what it told was left. */
  readonly okSentNs: Float64Array;
  readonly okDoneNs: Float64Array;
  readonly okRemaining: Float64Array;
  /** When each order that may have sold (or not) was sent; -Infinity when nobody knows. */
  readonly infoSentNs: Float64Array;
  /** When each answer "sold-out" was complete. */
  readonly soldOutDoneNs: Float64Array;
}

/** What C4 found. Numbers of orders are positions in the history's arrays. */
export interface RemainingStockFindings {
  /** Some order of the operations, true to their instants, explains all answers. */
  readonly linearizable: boolean;
  /** Orders that were told of more units than can have been left, or of a fraction. */
  readonly aboveStock: readonly number[];
  /** Orders that were told of fewer than none. */
  readonly belowZero: readonly number[];
  /** How many of those no sale beyond the stock can explain. */
  readonly tooLow: number;
  /** Orders that were told a figure that an earlier one was told as well: a lost update. */
  readonly repeated: readonly NumberedPair[];
  /**
   * Orders (`second`) whose answer was complete before an order (`first`) was sent that was told of more
   * units. No order is in two pairs; there may be more such pairs than are listed.
   */
  readonly outOfOrder: readonly NumberedPair[];
  /** An order that was sent after somebody had been told sold-out; -1 when there is none. */
  readonly lateSale: number;
  /** Units that must have been sold by some instant and that no order can have taken. */
  readonly skippedUnits: number;
  /** The first figure that nobody was told and that should have been; -1 when none is missing. */
  readonly firstSkipped: number;
}

/** Two orders that contradict each other. */
interface NumberedPair {
  readonly first: number;
  readonly second: number;
}

/**
 * C4: linearizability of a sale by single units without releases whose answers tell what is left
 * (derived for flashsim, compared with exhaustive search). The order that left v
 * units took position stock − 1 − v. A history is linearizable exactly when
 *
 * 1. the figures are distinct and lie in 0 … stock − 1;
 * 2. no order was complete before one of an earlier position was sent, nor was anybody told sold-out
 *    (at τ at the earliest) before any ok order was sent;
 * 3. the positions that nobody was told of can be given to info orders: position m must have been taken
 *    by the deadline D(m) = the least of τ and the instants by which the orders of later positions were
 *    complete, and with the info orders sorted by when they were sent, the j-th such position needs the
 *    j-th of them sent by its deadline.
 *
 * O(n log n). After a breach of 1 the rest is checked without the orders that breach it.
 */
export function checkRemainingStock(history: RemainingStockHistory): RemainingStockFindings {
  const { stock, okSentNs, okRemaining, infoSentNs, soldOutDoneNs } = history;
  const { inRange, aboveStock, belowZero, repeated } = takePositions(history);
  let tauNs = Number.POSITIVE_INFINITY;
  for (const doneNs of soldOutDoneNs) if (doneNs < tauNs) tauNs = doneNs;
  const outOfOrder = findOutOfOrder(history, inRange);
  const lateSale = okSentNs.findIndex((sentNs) => sentNs > tauNs);
  const oversoldMost = Math.max(0, okSentNs.length + infoSentNs.length - stock);
  const { skippedUnits, firstSkipped } = findSkipped(history, inRange, tauNs);
  return {
    linearizable:
      inRange.length === okRemaining.length &&
      outOfOrder.length === 0 &&
      lateSale < 0 &&
      skippedUnits === 0,
    aboveStock,
    belowZero,
    tooLow: Math.max(0, belowZero.length - oversoldMost),
    repeated,
    outOfOrder,
    lateSale,
    skippedUnits,
    firstSkipped,
  };
}

/**
 * The least number of answers that are wrong for certain. Orders beyond the stock and sales after
 * sold-out are left to the checkers of those.
 */
export function wrongFigures(findings: RemainingStockFindings): number {
  // One wrong answer can be in several lists, so that they must not be added up.
  return Math.max(
    findings.aboveStock.length + findings.repeated.length + findings.tooLow,
    findings.outOfOrder.length,
    findings.skippedUnits > 0 ? 1 : 0,
  );
}

type Positions = Pick<RemainingStockFindings, 'aboveStock' | 'belowZero' | 'repeated'> & {
  /** Orders by position, each position once. */
  readonly inRange: readonly number[];
};

function takePositions({ stock, okRemaining }: RemainingStockHistory): Positions {
  const inRange: number[] = [];
  const aboveStock: number[] = [];
  const belowZero: number[] = [];
  const repeated: NumberedPair[] = [];
  const descending = sortedOrder(okRemaining.map((remaining) => -remaining));
  for (const order of descending) {
    const remaining = okRemaining[order] ?? 0;
    const last = inRange.at(-1);
    if (remaining < 0) belowZero.push(order);
    else if (!Number.isInteger(remaining) || remaining >= stock) aboveStock.push(order);
    else if (last !== undefined && okRemaining[last] === remaining) {
      repeated.push({ first: last, second: order });
    } else inRange.push(order);
  }
  return { inRange, aboveStock, belowZero, repeated };
}

/** Starts afresh after each pair, so that no order is in two of them. */
function findOutOfOrder(
  { okSentNs, okDoneNs }: RemainingStockHistory,
  inRange: readonly number[],
): NumberedPair[] {
  const pairs: NumberedPair[] = [];
  let latest = -1;
  let latestSentNs = Number.NEGATIVE_INFINITY;
  for (const order of inRange) {
    if ((okDoneNs[order] ?? 0) < latestSentNs) {
      pairs.push({ first: latest, second: order });
      latestSentNs = Number.NEGATIVE_INFINITY;
      continue;
    }
    const sentNs = okSentNs[order] ?? 0;
    if (sentNs > latestSentNs) {
      latest = order;
      latestSentNs = sentNs;
    }
  }
  return pairs;
}

/** Gives the info orders to the missing positions, gap by gap: all positions of a gap have one deadline. */
function findSkipped(
  { stock, okDoneNs, okRemaining, infoSentNs }: RemainingStockHistory,
  inRange: readonly number[],
  tauNs: number,
): Pick<RemainingStockFindings, 'skippedUnits' | 'firstSkipped'> {
  const deadlinesNs = new Float64Array(inRange.length + 1).fill(tauNs);
  for (let index = inRange.length - 1; index >= 0; index -= 1) {
    const doneNs = okDoneNs[inRange[index] ?? 0] ?? Number.POSITIVE_INFINITY;
    deadlinesNs[index] = Math.min(doneNs, deadlinesNs[index + 1] ?? Number.POSITIVE_INFINITY);
  }
  const infoNs = infoSentNs.slice().sort();
  let skippedUnits = 0;
  let firstSkipped = -1;
  let given = 0;
  let nextPosition = 0;
  for (let index = 0; index <= inRange.length; index += 1) {
    const order = inRange[index];
    const position = order === undefined ? stock : stock - 1 - (okRemaining[order] ?? 0);
    const missing = position - nextPosition;
    const deadlineNs = deadlinesNs[index] ?? Number.POSITIVE_INFINITY;
    // Behind the last order, and with nobody told sold-out, nothing has to have been sold.
    if (missing > 0 && deadlineNs < Number.POSITIVE_INFINITY) {
      const fitting = Math.max(0, Math.min(missing, countUpTo(infoNs, deadlineNs) - given));
      given += fitting;
      skippedUnits += missing - fitting;
      if (fitting < missing && firstSkipped < 0) firstSkipped = stock - 1 - nextPosition - fitting;
    }
    nextPosition = position + 1;
  }
  return { skippedUnits, firstSkipped };
}
