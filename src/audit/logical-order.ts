import { probeKeyVariants } from '../history/attempt.ts';
import type { OutcomeClass } from '../history/vocabulary.ts';

/**
 * All attempts under one idempotency key, seen as one operation (docs/reference/invariants.md): ok when
 * any attempt was ok, else info when any was info, else fail. Its interval is [first sent, earliest
 * ok]. Attempts that carried another payload than the order do not belong to it: see KeyReuse.
 * Instants are ns since the run's epoch.
 */
export interface LogicalOrder {
  /** Position in the table of keys, from 0. */
  readonly ordinal: number;
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
  /** Index of the last attempt that was told sold-out, or of the look-up that said so; -1 without one. */
  soldOutAttempt: number;
  /** The earliest that this can have been decided; NaN without one. */
  soldOutSentNs: number;
  /** What came of asking to cancel. */
  cancel: 'none' | 'info' | 'ok';
  /** What the last conclusive look-up said. `refused` and `cancelled` are final, `not-found` only after the drain. */
  lookUp: 'none' | 'found' | 'not-found' | 'refused' | 'cancelled';
  /** Details that few orders have. */
  details: Readonly<Details>;
  /** Rows of the snapshot under this key, their units of the product, and the ids of the live ones. */
  confirmedRows: number;
  confirmedUnits: number;
  pendingRows: number;
  pendingUnits: number;
  cancelledRows: number;
  rowIds: readonly string[];
}

/** What few orders have. Instants are ns since the run's epoch. */
export interface Details {
  /** When the first request to cancel was sent; NaN without one. */
  cancelSentNs: number;
  /** When the last one had surely taken effect; Infinity when nobody knows, NaN without one. */
  cancelDoneNs: number;
  /** When the look-up that counts was complete, and sent; NaN without one. */
  lookUpNs: number;
  lookUpSentNs: number;
  /** Its index; -1 without one. */
  lookUpAttempt: number;
  /** It said that the order was decided against for want of stock. */
  lookUpSoldOut: boolean;
  /** The last look-up that ever said that: its index (-1 without one), and when it was sent. */
  soldOutLookUp: number;
  soldOutLookUpNs: number;
  /** When the earliest look-up that found the order confirmed was complete; Infinity without one. */
  confirmedNs: number;
  /** When the earliest 202 was complete; Infinity without one. */
  acceptedNs: number;
  /** Index of that attempt; -1 without one. */
  acceptedAttempt: number;
  /** Order ids of 202 answers and of look-ups that left the order open. */
  acceptedIds: readonly string[];
}

const none: readonly string[] = [];

/** The details of an order that has none. Shared by all of them: never change it. */
export const noDetails: Readonly<Details> = {
  cancelSentNs: Number.NaN,
  cancelDoneNs: Number.NaN,
  lookUpNs: Number.NaN,
  lookUpSentNs: Number.NaN,
  lookUpAttempt: -1,
  lookUpSoldOut: false,
  soldOutLookUp: -1,
  soldOutLookUpNs: Number.NEGATIVE_INFINITY,
  confirmedNs: Number.POSITIVE_INFINITY,
  acceptedNs: Number.POSITIVE_INFINITY,
  acceptedAttempt: -1,
  acceptedIds: none,
};

/** The details of an order, to be changed: most orders share {@link noDetails} until then. */
export function detailsOf(order: LogicalOrder): Details {
  if (order.details !== noDetails) return order.details;
  const details = { ...noDetails };
  order.details = details;
  return details;
}

/** Forgets every order attempt, so that they can be folded again. Look-ups and cancellations stay. */
export function forgetAttempts(order: LogicalOrder): void {
  order.user = 0;
  order.product = -1;
  order.quantity = 0;
  order.attempts = 0;
  order.outcome = 'fail';
  order.firstAttempt = -1;
  order.lastAttempt = -1;
  order.firstSentNs = Number.NaN;
  order.okNs = Number.POSITIVE_INFINITY;
  order.okAttempt = -1;
  order.orderIds = [];
  order.otherOkAttempt = -1;
  order.soldOutAttempt = -1;
  order.soldOutSentNs = Number.NaN;
  order.confirmedRows = 0;
  order.confirmedUnits = 0;
  order.pendingRows = 0;
  order.pendingUnits = 0;
  order.cancelledRows = 0;
  order.rowIds = [];
  if (order.details === noDetails) return;
  Object.assign(detailsOf(order), {
    acceptedNs: noDetails.acceptedNs,
    acceptedAttempt: noDetails.acceptedAttempt,
  });
}

/** An order outside of the sale's hours, to see whether it is refused: nobody's demand. */
export function isProbe({ keyVariant }: Pick<LogicalOrder, 'keyVariant'>): boolean {
  return keyVariant === probeKeyVariants.beforeOpen || keyVariant === probeKeyVariants.afterClose;
}

/** True when the run may have withdrawn the order itself. */
export function mayBeCancelled(order: LogicalOrder): boolean {
  return order.cancel !== 'none';
}

/** A look-up found the order confirmed, at whatever time. */
export function wasFound(order: LogicalOrder): boolean {
  return order.details.confirmedNs !== Number.POSITIVE_INFINITY;
}

/** When the order had been made at the latest: by its answer, or by the first look-up that found it. */
export function soldByNs(order: LogicalOrder): number {
  return Math.min(order.okNs, order.details.confirmedNs);
}

/** Live rows, confirmed or pending. */
export function liveRows(order: LogicalOrder): number {
  return order.confirmedRows + order.pendingRows;
}
