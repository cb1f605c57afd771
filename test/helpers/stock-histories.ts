import fc from 'fast-check';
import type { StockOperation } from './linearizer.ts';

/** A small history of one product, with what a correct server would have answered, or nearly. */
export interface SmallHistory {
  readonly stock: number;
  readonly operations: readonly StockOperation[];
}

/** What the histories of an arbitrary hold besides orders of single units. */
export interface Ingredients {
  /** The answers to orders that sold tell what is left. */
  readonly remaining?: boolean;
  /** Up to 3 units an order, cancellations and restocks. */
  readonly returns?: boolean;
}

const operationsMax = 7;

/**
 * Histories of up to 7 operations on stocks of 0 to 5. A correct server works them off at instants of a
 * coarse grid, so that many are equal; each interval reaches a few instants beyond; then some answers
 * are lost (info), and some are turned into others. A third to a half of them are not linearizable.
 *
 * One number says all of one operation: quick to draw, and it shrinks.
 */
export function smallHistories(ingredients: Ingredients): fc.Arbitrary<SmallHistory> {
  const operation = fc.noBias(fc.nat(2 ** 30 - 1));
  return fc
    .tuple(fc.noBias(fc.nat(5)), fc.noBias(fc.array(operation, { maxLength: operationsMax })))
    .map(([stock, codes]) => ({ stock, operations: playCodes(stock, codes, ingredients) }));
}

/** Reads one small number after the other out of a large one. */
class Digits {
  #rest: number;
  constructor(code: number) {
    this.#rest = code;
  }
  /** 0 … base − 1 */
  next(base: number): number {
    const digit = this.#rest % base;
    this.#rest = Math.floor(this.#rest / base);
    return digit;
  }
}

interface Drawn {
  readonly effectNs: number;
  readonly sentNs: number;
  readonly doneNs: number;
  readonly units: number;
  /** 0: all is well; 1: the answer is lost; 2: so is the request; 3: the answer is another. */
  readonly mishap: number;
  readonly digits: Digits;
}

function draw(code: number, returns: boolean): Drawn {
  const digits = new Digits(code);
  const mishap = Math.max(0, digits.next(9) - 5);
  const effectNs = digits.next(8);
  const sentNs = effectNs - digits.next(4);
  const doneNs = effectNs + digits.next(4);
  const units = returns ? 1 + Math.max(0, digits.next(5) - 2) : 1;
  return { effectNs, sentNs, doneNs, units, mishap, digits };
}

function playCodes(
  stock: number,
  codes: readonly number[],
  { remaining: tells = false, returns = false }: Ingredients,
): StockOperation[] {
  const drawn = codes.map((code) => draw(code, returns));
  drawn.sort((a, b) => a.effectNs - b.effectNs);
  const operations: StockOperation[] = [];
  const cancelled = new Set<number>();
  let left = stock;
  for (const { sentNs, doneNs, units, mishap, digits } of drawn) {
    const lost = { sentNs, doneNs: Number.POSITIVE_INFINITY };
    const kind = returns ? digits.next(6) : 0;
    const order = kind === 5 ? operations.findIndex(isOpenOrder) : -1;
    if (order >= 0) {
      cancelled.add(order);
      const taken = operations[order];
      left += taken !== undefined && 'units' in taken && mishap !== 2 ? taken.units : 0;
      const isLost = mishap === 1 || mishap === 2;
      operations.push(
        isLost
          ? { ...lost, kind: 'cancel-info', order }
          : { sentNs, doneNs, kind: 'cancel', order },
      );
      continue;
    }
    if (kind === 4) {
      const isLost = mishap === 1 || mishap === 2;
      left += mishap === 2 ? 0 : units;
      operations.push(
        isLost
          ? { ...lost, kind: 'restock-info', units }
          : { sentNs, doneNs, kind: 'restock', units },
      );
      continue;
    }
    const sells = left >= units;
    if (sells && mishap !== 2) left -= units;
    if (mishap === 1 || mishap === 2) operations.push({ ...lost, kind: 'info', units });
    else if (sells === (mishap === 0)) {
      // Told wrongly at times, within and without the range.
      const wrong = tells && digits.next(8) === 0 ? digits.next(5) - 2 : 0;
      const told = tells ? { remaining: Math.max(-1, left + wrong) } : {};
      operations.push({ sentNs, doneNs, kind: 'ok', units, ...told });
    } else operations.push({ sentNs, doneNs, kind: 'sold-out', units });
  }
  return operations;

  function isOpenOrder({ kind }: StockOperation, index: number): boolean {
    return kind === 'ok' && !cancelled.has(index);
  }
}

/** The instants of the operations of one kind. */
export function instantsOf(
  operations: readonly StockOperation[],
  kind: StockOperation['kind'],
  stamp: 'sentNs' | 'doneNs',
): Float64Array {
  const found = operations.filter((operation) => operation.kind === kind);
  return Float64Array.from(found, (operation) => operation[stamp]);
}
