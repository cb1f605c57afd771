import { sortedOrder } from './instants.ts';

/**
 * The sale of one product by single units, of which none ever comes back. Instants are ns since the
 * run's epoch; equal ones overlap.
 */
export interface UnitStockHistory {
  /** Units that there were to sell. */
  readonly stock: number;
  /** When each order that sold was sent. */
  readonly okSentNs: Float64Array;
  /** When each order that may have sold (or not) was sent; -Infinity when nobody knows. */
  readonly infoSentNs: Float64Array;
  /** When each answer "sold-out" was complete. */
  readonly soldOutDoneNs: Float64Array;
}

/** What C3 found. Numbers of orders and answers are positions in the history's arrays. */
export interface UnitStockFindings {
  /** Some order of the operations, true to their instants, explains all answers. */
  readonly linearizable: boolean;
  /** Condition 1: orders that sold beyond the stock. */
  readonly oversoldUnits: number;
  /** The earliest answer "sold-out", at τ; -1 when there is none. */
  readonly firstSoldOut: number;
  /** Condition 3: answers "sold-out" by which the stock cannot have been used up. Each is wrong for certain. */
  readonly falseSoldOuts: Uint32Array;
  /**
   * Condition 2: orders sent after an answer "sold-out" that is not in `falseSoldOuts` was complete, each
   * beside an answer of its own that contradicts it. Of each pair one is wrong for certain; there are as
   * many pairs as can be formed.
   */
  readonly lateSales: ContradictingPairs;
}

/** Sales and the answers "sold-out" that contradict them: position i of both is one pair. */
export interface ContradictingPairs {
  readonly oks: Uint32Array;
  readonly soldOuts: Uint32Array;
}

const none = new Uint32Array(0);

/**
 * C3: linearizability of a sale by single units without releases (derived for
 * flashsim, compared with exhaustive search). With τ the earliest instant at which an answer "sold-out"
 * was complete, a history is linearizable exactly when
 *
 * 1. ok orders ≤ stock, and if anybody was told sold-out,
 * 2. every ok order was sent by τ, and
 * 3. ok orders + info orders sent by τ ≥ stock.
 *
 * Deciding is O(n). Only a history that breaks 2 or 3 is sorted, to name all answers that are wrong.
 */
export function checkUnitStock(history: UnitStockHistory): UnitStockFindings {
  const { stock, okSentNs, infoSentNs, soldOutDoneNs } = history;
  const oversoldUnits = Math.max(0, okSentNs.length - stock);
  const firstSoldOut = indexOfLeast(soldOutDoneNs);
  const tauNs = soldOutDoneNs[firstSoldOut] ?? Number.POSITIVE_INFINITY;
  const soldBy = countSentBy(okSentNs, tauNs);
  const noneLate = soldBy === okSentNs.length;
  if (firstSoldOut < 0 || (noneLate && soldBy + countSentBy(infoSentNs, tauNs) >= stock)) {
    return {
      linearizable: oversoldUnits === 0,
      oversoldUnits,
      firstSoldOut,
      falseSoldOuts: none,
      lateSales: { oks: none, soldOuts: none },
    };
  }
  const usedUpNs = usedUpAtEarliestNs(history);
  return {
    linearizable: false,
    oversoldUnits,
    firstSoldOut,
    falseSoldOuts: indicesWhere(soldOutDoneNs, (doneNs) => doneNs < usedUpNs),
    lateSales: pairLateSales(history, usedUpNs),
  };
}

/** The least number of answers that are wrong for certain; oversold units are not counted. */
export function wrongAnswers({ falseSoldOuts, lateSales }: UnitStockFindings): number {
  return falseSoldOuts.length + lateSales.oks.length;
}

function indexOfLeast(values: Float64Array): number {
  let least = Number.POSITIVE_INFINITY;
  let found = -1;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? Number.POSITIVE_INFINITY;
    if (found < 0 || value < least) {
      least = value;
      found = index;
    }
  }
  return found;
}

function countSentBy(sentNs: Float64Array, limitNs: number): number {
  let count = 0;
  for (const atNs of sentNs) if (atNs <= limitNs) count += 1;
  return count;
}

/** When the order was sent that can have taken the last unit, if all that were sent took one each. */
function usedUpAtEarliestNs({ stock, okSentNs, infoSentNs }: UnitStockHistory): number {
  if (stock <= 0) return Number.NEGATIVE_INFINITY;
  const sentNs = new Float64Array(okSentNs.length + infoSentNs.length);
  sentNs.set(okSentNs);
  sentNs.set(infoSentNs, okSentNs.length);
  sentNs.sort();
  return sentNs[stock - 1] ?? Number.POSITIVE_INFINITY;
}

function indicesWhere(values: Float64Array, holds: (value: number) => boolean): Uint32Array {
  const found: number[] = [];
  for (let index = 0; index < values.length; index += 1) {
    if (holds(values[index] ?? Number.NaN)) found.push(index);
  }
  return Uint32Array.from(found);
}

/**
 * Which answers contradict an order is a prefix of the answers by time, and it grows with the instant
 * of the order: giving each order in turn the earliest answer that is left makes the most pairs. By
 * König's theorem no fewer answers than pairs have to be wrong.
 */
function pairLateSales(history: UnitStockHistory, usedUpNs: number): ContradictingPairs {
  const { okSentNs, soldOutDoneNs } = history;
  const credible = indicesWhere(soldOutDoneNs, (doneNs) => doneNs >= usedUpNs);
  const doneNs = Float64Array.from(credible, (index) => soldOutDoneNs[index] ?? 0);
  let firstNs = Number.POSITIVE_INFINITY;
  for (const atNs of doneNs) if (atNs < firstNs) firstNs = atNs;
  const late = indicesWhere(okSentNs, (sentNs) => sentNs > firstNs);
  const lateSentNs = Float64Array.from(late, (index) => okSentNs[index] ?? 0);
  if (late.length === 0) return { oks: none, soldOuts: none };
  const answers = sortedOrder(doneNs);
  const oks: number[] = [];
  const soldOuts: number[] = [];
  for (const order of sortedOrder(lateSentNs)) {
    const answer = answers[soldOuts.length];
    if (answer === undefined) break;
    if (!((doneNs[answer] ?? 0) < (lateSentNs[order] ?? 0))) continue;
    oks.push(late[order] ?? 0);
    soldOuts.push(credible[answer] ?? 0);
  }
  return { oks: Uint32Array.from(oks), soldOuts: Uint32Array.from(soldOuts) };
}
