import type { OutcomeClass } from '../history/vocabulary.ts';

/**
 * All attempts under one idempotency key, seen as one operation (audit specification §2.1): ok when
 * any attempt was ok, else info when any was info, else fail. Its interval is [first sent, earliest
 * ok]. Instants are ns since the run's epoch.
 */
export interface LogicalOrder {
  readonly intent: number;
  readonly keyVariant: number;
  user: number;
  /** Index into the contract's products; -1 when unknown. */
  product: number;
  quantity: number;
  /** Order attempts; 0 when only look-ups of the key were seen. */
  attempts: number;
  outcome: OutcomeClass;
  firstAttempt: number;
  lastAttempt: number;
  /** NaN when nothing was ever sent. */
  firstSentNs: number;
  /** When the earliest ok was complete; Infinity without one. */
  okNs: number;
  /** Index of that attempt; -1 without one. */
  okAttempt: number;
  /** From the ok answers, each once. */
  orderIds: readonly string[];
  /** Index of a second ok answer with another order id; -1 without one. */
  otherOkAttempt: number;
  /** Index of the last attempt that was told sold-out; -1 without one. */
  soldOutAttempt: number;
  /** When that attempt was sent; NaN without one. */
  soldOutSentNs: number;
  /** What came of asking to cancel. */
  cancel: 'none' | 'info' | 'ok';
  /** What the last conclusive look-up after the drain said. */
  lookUp: 'none' | 'found' | 'not-found';
  /** Details that few orders have; replaced as a whole, because most share {@link noDetails}. */
  details: Details;
  /** Rows of the snapshot under this key, and the ids of the live ones. */
  confirmedRows: number;
  pendingRows: number;
  cancelledRows: number;
  rowIds: readonly string[];
}

/** Instants of cancelling and looking up, ns since the run's epoch; NaN without one. */
interface Details {
  /** When the first request to cancel was sent. */
  readonly cancelSentNs: number;
  /** When the last one had surely taken effect; Infinity when nobody knows. */
  readonly cancelDoneNs: number;
  /** When the look-up that counts was complete. */
  readonly lookUpNs: number;
  /** Its index; -1 without one. */
  readonly lookUpAttempt: number;
}

const noDetails: Details = {
  cancelSentNs: Number.NaN,
  cancelDoneNs: Number.NaN,
  lookUpNs: Number.NaN,
  lookUpAttempt: -1,
};

const none: readonly string[] = [];

/** A key of which nothing has been seen yet. */
function newLogicalOrder(intent: number, keyVariant: number): LogicalOrder {
  return {
    intent,
    keyVariant,
    user: 0,
    product: -1,
    quantity: 0,
    attempts: 0,
    outcome: 'fail',
    firstAttempt: -1,
    lastAttempt: -1,
    firstSentNs: Number.NaN,
    okNs: Number.POSITIVE_INFINITY,
    okAttempt: -1,
    orderIds: none,
    otherOkAttempt: -1,
    soldOutAttempt: -1,
    soldOutSentNs: Number.NaN,
    cancel: 'none',
    lookUp: 'none',
    details: noDetails,
    confirmedRows: 0,
    pendingRows: 0,
    cancelledRows: 0,
    rowIds: none,
  };
}

/** Intents beyond this, and fresh keys of one, are found by hash instead of by position. */
const maxDense = 2 ** 22;

/** The logical orders of a run by intent and key variant. */
export class OrderTable {
  readonly all: LogicalOrder[] = [];
  readonly #dense: (LogicalOrder | undefined)[] = [];
  readonly #sparse = new Map<string, LogicalOrder>();

  get(intent: number, keyVariant: number): LogicalOrder | undefined {
    return this.#isDense(intent, keyVariant)
      ? this.#dense[intent]
      : this.#sparse.get(`${intent}.${keyVariant}`);
  }

  getOrAdd(intent: number, keyVariant: number): LogicalOrder {
    const found = this.get(intent, keyVariant);
    if (found !== undefined) return found;
    const order = newLogicalOrder(intent, keyVariant);
    this.all.push(order);
    if (this.#isDense(intent, keyVariant)) {
      // Filled up in order, so that the array keeps its fast, contiguous form.
      while (this.#dense.length < intent) this.#dense.push(undefined);
      this.#dense[intent] = order;
    } else {
      this.#sparse.set(`${intent}.${keyVariant}`, order);
    }
    return order;
  }

  #isDense(intent: number, keyVariant: number): boolean {
    return keyVariant === 0 && intent < maxDense;
  }
}

/** True when the run may have withdrawn the order itself. */
export function mayBeCancelled(order: LogicalOrder): boolean {
  return order.cancel !== 'none';
}

/** Live rows, confirmed or pending. */
export function liveRows(order: LogicalOrder): number {
  return order.confirmedRows + order.pendingRows;
}
