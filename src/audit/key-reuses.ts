import {
  type AttemptChunk,
  operationIndexOfKind,
  outcomeOfKind,
  sparseAt,
} from '../history/chunk.ts';
import { type OutcomeClass, operations, pendingCode } from '../history/vocabulary.ts';
import { forgetAttempts, type LogicalOrder, wasFound } from './logical-order.ts';
import type { OrderTable } from './order-table.ts';

const orderOperation = operations.indexOf('order');

/**
 * An attempt that sent the key of an order with another payload (product or quantity). It is no part
 * of the order: it neither changes what was wanted nor how that ended. Instants are ns since the
 * run's epoch.
 */
export interface KeyReuse {
  readonly order: LogicalOrder;
  /** Index of the attempt. */
  readonly index: number;
  readonly product: number;
  readonly quantity: number;
  readonly outcome: OutcomeClass;
  readonly code: string;
  readonly orderId: string | undefined;
  /** NaN when it was never sent. */
  readonly sentNs: number;
  readonly doneNs: number;
}

interface Row extends KeyReuse {
  readonly chunk: AttemptChunk;
  readonly base: number;
  readonly row: number;
}

type Fold = (order: LogicalOrder, row: number) => void;

/**
 * Tells the payload of an order from the others under its key. The order's is the one that was
 * acknowledged first, a 202 that a look-up found confirmed included; if none was, the one accepted for
 * later first; else the one sent first.
 */
export class ReuseReader {
  readonly #orders = new Set<LogicalOrder>();

  /** Takes note that attempts under the key of `order` differ in payload. */
  note(order: LogicalOrder): void {
    this.#orders.add(order);
  }

  /**
   * Reads the noted keys again. An order that was read with the wrong payload is read anew.
   *
   * @param foldOf folds rows of a chunk (first attempt's index: `base`) into orders
   */
  read(
    chunks: readonly AttemptChunk[],
    table: OrderTable,
    foldOf: (chunk: AttemptChunk, base: number) => Fold,
  ): KeyReuse[] {
    if (this.#orders.size === 0) return [];
    const reuses: KeyReuse[] = [];
    for (const [order, rows] of this.#rowsByOrder(chunks, table)) {
      const payload = rows.reduce((best, row) => (isEarlier(row, best) ? row : best));
      const same = rows.filter((row) => isSamePayload(row, payload));
      const others = rows.filter((row) => !isSamePayload(row, payload));
      if (!isSamePayload(order, payload)) readAnew(order, same, others, foldOf);
      reuses.push(...others);
    }
    return reuses.sort((a, b) => a.index - b.index);
  }

  #rowsByOrder(chunks: readonly AttemptChunk[], table: OrderTable): Map<LogicalOrder, Row[]> {
    const byOrder = new Map<LogicalOrder, Row[]>();
    let base = 0;
    for (const chunk of chunks) {
      for (let row = 0; row < chunk.length; row += 1) {
        const intent = chunk.intent[row] ?? -1;
        if (intent < 0 || operationIndexOfKind(chunk.kind[row] ?? 0) !== orderOperation) continue;
        const order = table.get(intent, chunk.keyVariant[row] ?? 0);
        if (order === undefined || !this.#orders.has(order)) continue;
        const rows = byOrder.get(order) ?? [];
        byOrder.set(order, rows);
        rows.push(rowOf(order, chunk, base, row));
      }
      base += chunk.length;
    }
    return byOrder;
  }
}

function rowOf(order: LogicalOrder, chunk: AttemptChunk, base: number, row: number): Row {
  return {
    order,
    chunk,
    base,
    row,
    index: base + row,
    product: chunk.product[row] ?? -1,
    quantity: chunk.quantity[row] ?? 0,
    outcome: outcomeOfKind(chunk.kind[row] ?? 0),
    code: chunk.codes[chunk.code[row] ?? 0] ?? '',
    orderId: sparseAt(chunk.orderIds, row),
    sentNs: chunk.sentNs[row] ?? Number.NaN,
    doneNs: chunk.doneNs[row] ?? Number.NaN,
  };
}

interface Payload {
  readonly product: number;
  readonly quantity: number;
}

function isSamePayload(a: Payload, b: Payload): boolean {
  return a.product === b.product && a.quantity === b.quantity;
}

/** By class first, then by time; the first in the record of equals. */
function isEarlier(a: Row, b: Row): boolean {
  const [classOfA, classOfB] = [classRank(a), classRank(b)];
  if (classOfA !== classOfB) return classOfA < classOfB;
  const [timeOfA, timeOfB] = [timeRank(a), timeRank(b)];
  return timeOfA < timeOfB || (timeOfA === timeOfB && a.index < b.index);
}

function classRank({ order, outcome, code }: Row): number {
  if (outcome === 'ok') return 0;
  if (code !== pendingCode) return 2;
  return wasFound(order) ? 0 : 1;
}

function timeRank(row: Row): number {
  const atNs = classRank(row) === 2 ? row.sentNs : row.doneNs;
  return Number.isNaN(atNs) ? Number.POSITIVE_INFINITY : atNs;
}

function readAnew(
  order: LogicalOrder,
  same: readonly Row[],
  others: readonly Row[],
  foldOf: (chunk: AttemptChunk, base: number) => Fold,
): void {
  const foreign = new Set(others.map(({ orderId }) => orderId));
  const ids = order.orderIds.filter((id) => !foreign.has(id));
  forgetAttempts(order);
  for (const { chunk, base, row } of same) foldOf(chunk, base)(order, row);
  order.orderIds = [...new Set([...order.orderIds, ...ids])];
}
