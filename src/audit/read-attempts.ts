import {
  type AttemptChunk,
  operationIndexOfKind,
  outcomeOfKind,
  sparseAt,
} from '../history/chunk.ts';
import { operations } from '../history/vocabulary.ts';
import type { Evidence } from './evidence.ts';
import type { LogicalOrder, OrderTable } from './logical-order.ts';

const orderOperation = operations.indexOf('order');
const statusOperation = operations.indexOf('status');
const cancelOperation = operations.indexOf('cancel');

/** Fields of one attempt that the audit reads, out of the columns. */
interface Seen {
  readonly chunk: AttemptChunk;
  readonly row: number;
  /** Index in the whole history. */
  readonly index: number;
  readonly sentNs: number;
  readonly doneNs: number;
}

/** Folds every attempt under a key into its logical order. Works in any order of attempts. */
export function readAttempts(evidence: Evidence, table: OrderTable): void {
  const chunks = evidence.attempts.chunks();
  const drainedNs = lastOrderDoneNs(chunks);
  // A snapshot that was taken in motion shows that things were still moving: a look-up that found
  // nothing then decides nothing.
  const absenceCounts = evidence.quiesced || evidence.truth === undefined;
  let base = 0;
  for (const chunk of chunks) {
    const soldOutCode = chunk.codes.indexOf('sold-out');
    const notFoundCode = chunk.codes.indexOf('not-found');
    for (let row = 0; row < chunk.length; row += 1) {
      const intent = chunk.intent[row] ?? -1;
      const operation = operationIndexOfKind(chunk.kind[row] ?? 0);
      if (intent < 0) continue;
      const isOrder = operation === orderOperation;
      if (!isOrder && operation !== statusOperation && operation !== cancelOperation) continue;
      const order = table.getOrAdd(intent, chunk.keyVariant[row] ?? 0);
      const seen: Seen = {
        chunk,
        row,
        index: base + row,
        sentNs: chunk.sentNs[row] ?? Number.NaN,
        doneNs: chunk.doneNs[row] ?? Number.NaN,
      };
      if (isOrder) foldOrder(order, seen, soldOutCode);
      else if (operation === cancelOperation) foldCancel(order, seen);
      else foldLookUp(order, seen, notFoundCode, absenceCounts ? drainedNs : Infinity);
    }
    base += chunk.length;
  }
}

function lastOrderDoneNs(chunks: readonly AttemptChunk[]): number {
  let last = Number.NEGATIVE_INFINITY;
  for (const chunk of chunks) {
    for (let row = 0; row < chunk.length; row += 1) {
      const doneNs = chunk.doneNs[row] ?? 0;
      if (doneNs > last && operationIndexOfKind(chunk.kind[row] ?? 0) === orderOperation) {
        last = doneNs;
      }
    }
  }
  return last;
}

function foldOrder(order: LogicalOrder, seen: Seen, soldOutCode: number): void {
  const { chunk, row, index, sentNs, doneNs } = seen;
  if (order.attempts === 0) {
    order.user = chunk.user[row] ?? 0;
    order.product = chunk.product[row] ?? -1;
    order.quantity = chunk.quantity[row] ?? 0;
    order.firstAttempt = index;
  }
  order.attempts += 1;
  order.lastAttempt = index;
  if (!(sentNs >= order.firstSentNs)) {
    order.firstSentNs = Number.isNaN(sentNs) ? order.firstSentNs : sentNs;
  }
  const outcome = outcomeOfKind(chunk.kind[row] ?? 0);
  if (outcome === 'ok') foldOk(order, seen);
  else if (outcome === 'info' && order.outcome === 'fail') order.outcome = 'info';
  else if (outcome === 'fail' && chunk.code[row] === soldOutCode) {
    if (!(sentNs < order.soldOutSentNs)) {
      order.soldOutAttempt = index;
      order.soldOutSentNs = sentNs;
    }
  }
  if (outcome === 'ok' && doneNs < order.okNs) {
    order.okNs = doneNs;
    order.okAttempt = index;
  }
}

function foldOk(order: LogicalOrder, seen: Seen): void {
  order.outcome = 'ok';
  rememberOrderId(order, seen);
}

function rememberOrderId(order: LogicalOrder, { chunk, row, index }: Seen): void {
  const orderId = sparseAt(chunk.orderIds, row);
  if (orderId === undefined || order.orderIds.includes(orderId)) return;
  if (order.orderIds.length > 0 && order.otherOkAttempt < 0) order.otherOkAttempt = index;
  order.orderIds = [...order.orderIds, orderId];
}

function foldCancel(order: LogicalOrder, { chunk, row, sentNs, doneNs }: Seen): void {
  const outcome = outcomeOfKind(chunk.kind[row] ?? 0);
  if (outcome === 'fail') return;
  if (outcome === 'ok' || order.cancel === 'none') order.cancel = outcome;
  const { cancelSentNs, cancelDoneNs } = order.details;
  // Of an answer that never came nobody knows when it took effect.
  const endNs = outcome === 'ok' ? doneNs : Number.POSITIVE_INFINITY;
  order.details = {
    ...order.details,
    cancelSentNs: sentNs >= cancelSentNs ? cancelSentNs : sentNs,
    cancelDoneNs: endNs <= cancelDoneNs ? cancelDoneNs : endNs,
  };
}

/** @param absentFromNs look-ups sent from here on may say that there is no such order */
function foldLookUp(
  order: LogicalOrder,
  seen: Seen,
  notFoundCode: number,
  absentFromNs: number,
): void {
  const { chunk, row, index, sentNs } = seen;
  const outcome = outcomeOfKind(chunk.kind[row] ?? 0);
  const found = outcome === 'ok';
  const absent = outcome === 'fail' && chunk.code[row] === notFoundCode && sentNs >= absentFromNs;
  if (!found && !absent) return;
  if (found) rememberOrderId(order, seen);
  if (seen.doneNs < order.details.lookUpNs) return;
  order.lookUp = found ? 'found' : 'not-found';
  order.details = { ...order.details, lookUpNs: seen.doneNs, lookUpAttempt: index };
}
