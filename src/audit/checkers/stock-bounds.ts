import { StockLevel } from './stock-level.ts';

/**
 * The sale of one product with anything that moves its stock: any quantities, cancellations, restocks.
 * Instants are ns since the run's epoch; equal ones overlap. Position i of the arrays of a group is
 * one order, restock or answer.
 */
export interface StockHistory {
  /** Units that there were to sell at first, for certain and at most. */
  readonly stockLo: number;
  readonly stockHi: number;
  readonly orders: {
    /** Since when its units may have been taken: when it was sent; -Infinity when nobody knows. */
    readonly sentNs: Float64Array;
    /** By when they had been taken for certain; Infinity when they perhaps never were. */
    readonly takenByNs: Float64Array;
    /** Since when they may have been given back; Infinity: never. */
    readonly returnSentNs: Float64Array;
    /** By when they had been given back for certain; Infinity when they perhaps never were. */
    readonly returnedByNs: Float64Array;
    readonly units: Float64Array;
  };
  readonly restocks: {
    readonly sentNs: Float64Array;
    /** Infinity when it perhaps never took effect. */
    readonly doneNs: Float64Array;
    readonly units: Float64Array;
  };
  readonly soldOuts: {
    readonly sentNs: Float64Array;
    readonly doneNs: Float64Array;
    /** How many units were asked for. */
    readonly units: ArrayLike<number>;
  };
}

/** What C5 found. Numbers of orders and answers are positions in the history's arrays. */
export interface StockBoundsFindings {
  /** Answers "sold-out" while enough units were left all the time. Each is wrong for certain. */
  readonly falseSoldOuts: readonly number[];
  /** Units that were left for certain during each of them. */
  readonly unitsLeft: readonly number[];
  /** Orders that sold although at no instant enough units can have been left. */
  readonly impossibleSales: readonly number[];
  /** The most units held beyond all that there were, at one instant. */
  readonly oversoldUnits: number;
}

/**
 * C5: bounds on the stock at every instant (docs/reference/checkers.md), for what the exact
 * checkers do not take: quantities above one, cancellations and restocks.
 *
 * - r_lo(t) = stock − units that may be held at t + units restocked for certain by t;
 * - r_hi(t) = stock − units that are held for certain at t + units that may have been restocked by t.
 *
 * An answer "sold-out" to q units needs an instant of its interval with r_lo ≤ q − 1, an order of q
 * units that sold one with r_hi ≥ q, and r_hi < 0 is an oversell. Units of one order count as held until
 * they were given back, never below none.
 *
 * Sound: what it finds is wrong. Not complete: it looks at each answer by itself. O(n log n).
 */
export function checkStockBounds(history: StockHistory): StockBoundsFindings {
  const { orders, soldOuts } = history;
  const leastLeft = leastStock(history);
  const falseSoldOuts: number[] = [];
  const unitsLeft: number[] = [];
  for (let index = 0; index < soldOuts.sentNs.length; index += 1) {
    const left = leastLeft.least(soldOuts.sentNs[index] ?? 0, soldOuts.doneNs[index] ?? 0);
    if (left < (soldOuts.units[index] ?? 0)) continue;
    falseSoldOuts.push(index);
    unitsLeft.push(left);
  }
  const taken = mostStockNegated(history);
  const impossibleSales: number[] = [];
  for (let index = 0; index < orders.sentNs.length; index += 1) {
    const takenByNs = orders.takenByNs[index] ?? Number.POSITIVE_INFINITY;
    if (takenByNs === Number.POSITIVE_INFINITY) continue;
    const mostLeft = -taken.least(orders.sentNs[index] ?? 0, takenByNs);
    if (mostLeft < (orders.units[index] ?? 0)) impossibleSales.push(index);
  }
  return { falseSoldOuts, unitsLeft, impossibleSales, oversoldUnits: Math.max(0, taken.greatest) };
}

/** r_lo: falls as soon as units may have been taken, rises only after they were back for certain. */
function leastStock({ stockLo, orders, restocks }: StockHistory): StockLevel {
  const falls = { atNs: orders.sentNs, units: orders.units };
  const backNs = orders.returnedByNs.map((backByNs, index) =>
    // Given back before it can have been taken: clocks that disagree. Then it never was.
    backByNs >= (orders.sentNs[index] ?? 0) ? backByNs : Number.POSITIVE_INFINITY,
  );
  const rises = concat(
    { atNs: backNs, units: orders.units },
    { ...restocks, atNs: restocks.doneNs },
  );
  return new StockLevel(stockLo, falls, rises);
}

/** −r_hi: falls as soon as units may have come, rises only after they had been taken for certain. */
function mostStockNegated({ stockHi, orders, restocks }: StockHistory): StockLevel {
  // Given back, perhaps, before it had been taken for certain: it is never held for certain.
  const isHeld = (index: number): boolean =>
    (orders.takenByNs[index] ?? 0) < (orders.returnSentNs[index] ?? 0);
  const certainly = (atNs: Float64Array): Float64Array =>
    atNs.map((value, index) => (isHeld(index) ? value : Number.POSITIVE_INFINITY));
  const falls = concat(
    { atNs: certainly(orders.returnSentNs), units: orders.units },
    { ...restocks, atNs: restocks.sentNs },
  );
  const rises = { atNs: certainly(orders.takenByNs), units: orders.units };
  return new StockLevel(-stockHi, falls, rises);
}

interface Changes {
  readonly atNs: Float64Array;
  readonly units: Float64Array;
}

function concat(a: Changes, b: Changes): Changes {
  return { atNs: joined(a.atNs, b.atNs), units: joined(a.units, b.units) };
}

function joined(a: Float64Array, b: Float64Array): Float64Array {
  const both = new Float64Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
