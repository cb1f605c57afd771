import { operationIndexOfKind, outcomeIndexOfKind } from '../history/chunk.ts';
import type { AttemptStore } from '../history/store.ts';
import { operations, outcomeClasses } from '../history/vocabulary.ts';

const orderOperation = operations.indexOf('order');
const statusOperation = operations.indexOf('status');
const okOutcome = outcomeClasses.indexOf('ok');

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

/** An attempt that sold something. */
export interface Sale {
  readonly user: number;
  /** Which try of the client's it was, from 1. */
  readonly attempt: number;
  readonly units: number;
  readonly doneNs: number;
}

/**
 * The sales in the order of the history.
 *
 * @param indices what {@link firstSales} gives
 */
export function salesOf(attempts: AttemptStore, indices: ReadonlySet<number>): Sale[] {
  const ascending = Uint32Array.from(indices).sort();
  const found: Sale[] = [];
  let [base, next] = [0, 0];
  for (const { length, user, attempt, quantity, doneNs } of attempts.chunks()) {
    for (let row = (ascending[next] ?? Infinity) - base; row < length; ) {
      found.push({
        user: user[row] ?? 0,
        attempt: attempt[row] ?? 1,
        units: quantity[row] ?? 0,
        doneNs: doneNs[row] ?? Number.NaN,
      });
      next += 1;
      row = (ascending[next] ?? Infinity) - base;
    }
    base += length;
  }
  return found;
}
