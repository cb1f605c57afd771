import {
  type AttemptChunk,
  operationIndexOfKind,
  outcomeIndexOfKind,
  outcomeOfKind,
  sparseAt,
} from '../history/chunk.ts';
import { operations, outcomeClasses, pendingCode } from '../history/vocabulary.ts';
import type { Evidence } from './evidence.ts';
import { type KeyReuse, ReuseReader } from './key-reuses.ts';
import { detailsOf, type LogicalOrder } from './logical-order.ts';
import { lookUpReader } from './look-ups.ts';
import type { OrderNumbers, OrderTable } from './order-table.ts';

const orderOperation = operations.indexOf('order');
const statusOperation = operations.indexOf('status');
const cancelOperation = operations.indexOf('cancel');
const failOutcome = outcomeClasses.indexOf('fail');

/** What reading the attempts brought to light beside the logical orders. */
export interface ReadAttempts {
  /** Attempts under a key of another payload than the key's order, in the order of the record. */
  readonly reuses: readonly KeyReuse[];
  /** True when some key was looked up at least twice. */
  readonly lookedUpTwice: boolean;
}

/**
 * Folds every attempt under a key into its logical order. Works in any order of attempts.
 *
 * @param clocksAgree the times of the record tell what came after what
 */
export function readAttempts(
  evidence: Evidence,
  table: OrderTable,
  clocksAgree: boolean,
): ReadAttempts {
  const chunks = evidence.attempts.chunks();
  // A snapshot that was taken in motion shows that things were still moving: a look-up that found
  // nothing then decides nothing.
  const absenceCounts = clocksAgree && (evidence.quiesced || evidence.truth === undefined);
  const absentFromNs = absenceCounts
    ? whenFirstAsked(() => lastOrderDoneNs(chunks))
    : () => Number.POSITIVE_INFINITY;
  const reuses = new ReuseReader();
  const lookedUp = new Set<LogicalOrder>();
  let lookedUpTwice = false;
  let base = 0;
  for (const chunk of chunks) {
    const fold = new ChunkFold(chunk, base, absentFromNs);
    const ordinals = ordinalsOf(chunk, table);
    for (let row = 0; row < chunk.length; row += 1) {
      const ordinal = ordinals[row] ?? -1;
      if (ordinal < 0) continue;
      const operation = operationIndexOfKind(chunk.kind[row] ?? 0);
      if (operation === orderOperation) {
        const numbers = table.numbersAt(ordinal);
        if (!fold.belongs(numbers, row)) reuses.note(table.at(ordinal));
        else if (fold.isRefusal(row)) fold.refusal(numbers, row);
        else fold.order(table.at(ordinal), row);
        continue;
      }
      const order = table.at(ordinal);
      if (operation === cancelOperation) fold.cancel(order, row);
      else {
        fold.lookUp(order, row);
        lookedUpTwice ||= lookedUp.has(order);
        lookedUp.add(order);
      }
    }
    base += chunk.length;
  }
  const found = reuses.read(chunks, table, (chunk, chunkBase) => {
    const fold = new ChunkFold(chunk, chunkBase, absentFromNs);
    return (order, row) => {
      fold.order(order, row);
    };
  });
  settleLookUps(chunks, table, lookedUp);
  doubtLookUps(found);
  return { reuses: found, lookedUpTwice };
}

const isKeyed = operations.map((_, index) =>
  [orderOperation, statusOperation, cancelOperation].includes(index),
);

/**
 * Which order each attempt of a chunk belongs to: -1 for none. All are found before any is looked at,
 * so that the processor fetches many from memory at a time.
 */
function ordinalsOf({ length, intent, keyVariant, kind }: AttemptChunk, table: OrderTable) {
  const ordinals = new Int32Array(length).fill(-1);
  for (let row = 0; row < length; row += 1) {
    const intentOfRow = intent[row] ?? -1;
    if (intentOfRow < 0 || isKeyed[operationIndexOfKind(kind[row] ?? 0)] !== true) continue;
    ordinals[row] = table.ordinalOf(intentOfRow, keyVariant[row] ?? 0);
  }
  return ordinals;
}

/**
 * A look-up does not say which payload it is about. When no answer had told by then, and another payload under
 * the key may have been served, it decides nothing.
 */
function doubtLookUps(reuses: readonly KeyReuse[]): void {
  for (const { order, outcome, sentNs } of reuses) {
    const { confirmedNs } = order.details;
    if (outcome === 'fail' || order.outcome === 'ok' || sentNs > confirmedNs) continue;
    if (order.lookUp !== 'not-found') order.lookUp = 'none';
    // What was refused is as uncertain as what was found; that something was stays.
    if (order.soldOutAttempt >= 0 && order.soldOutAttempt === order.details.soldOutLookUp) {
      order.soldOutSentNs = Number.NEGATIVE_INFINITY;
    }
    if (confirmedNs < Number.POSITIVE_INFINITY) {
      detailsOf(order).confirmedNs = Number.POSITIVE_INFINITY;
    }
  }
}

/** `make` once, and only when somebody wants to know. */
function whenFirstAsked(make: () => number): () => number {
  let made: number | undefined;
  return () => (made ??= make());
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

/** Folds rows of one chunk into orders. */
class ChunkFold {
  readonly #chunk: AttemptChunk;
  readonly #base: number;
  readonly #soldOut: number;
  readonly #pending: number;
  readonly #lookUpAt: ReturnType<typeof lookUpReader>;
  readonly #absentFromNs: () => number;

  /** @param absentFromNs look-ups sent from here on may say that there is no such order */
  constructor(chunk: AttemptChunk, base: number, absentFromNs: () => number) {
    this.#chunk = chunk;
    this.#base = base;
    this.#soldOut = chunk.codes.indexOf('sold-out');
    this.#pending = chunk.codes.indexOf(pendingCode);
    this.#lookUpAt = lookUpReader(chunk);
    this.#absentFromNs = absentFromNs;
  }

  /** False when the attempt asks for something else than the order of its key. */
  belongs(order: OrderNumbers, row: number): boolean {
    if (order.attempts === 0) return true;
    const { product, quantity } = this.#chunk;
    return order.product === product[row] && order.quantity === quantity[row];
  }

  isRefusal(row: number): boolean {
    return outcomeIndexOfKind(this.#chunk.kind[row] ?? 0) === failOutcome;
  }

  order(order: LogicalOrder, row: number): void {
    if (this.isRefusal(row)) {
      this.refusal(order, row);
      return;
    }
    this.#attempt(order, row);
    if (outcomeOfKind(this.#chunk.kind[row] ?? 0) === 'ok') this.#ok(order, row);
    else this.#info(order, row);
  }

  refusal(order: OrderNumbers, row: number): void {
    this.#attempt(order, row);
    const sentNs = this.#chunk.sentNs[row] ?? Number.NaN;
    if (this.#chunk.code[row] !== this.#soldOut || sentNs < order.soldOutSentNs) return;
    order.soldOutAttempt = this.#base + row;
    order.soldOutSentNs = sentNs;
  }

  #attempt(order: OrderNumbers, row: number): void {
    const chunk = this.#chunk;
    const index = this.#base + row;
    const sentNs = chunk.sentNs[row] ?? Number.NaN;
    if (order.attempts === 0) {
      order.user = chunk.user[row] ?? 0;
      order.product = chunk.product[row] ?? -1;
      order.quantity = chunk.quantity[row] ?? 0;
      order.firstAttempt = index;
    }
    order.attempts += 1;
    order.lastAttempt = index;
    if (!(sentNs >= order.firstSentNs) && !Number.isNaN(sentNs)) order.firstSentNs = sentNs;
  }

  #ok(order: LogicalOrder, row: number): void {
    const doneNs = this.#chunk.doneNs[row] ?? Number.NaN;
    order.outcome = 'ok';
    this.#rememberOrderId(order, row);
    if (doneNs >= order.okNs) return;
    order.okNs = doneNs;
    order.okAttempt = this.#base + row;
  }

  #info(order: LogicalOrder, row: number): void {
    if (order.outcome === 'fail') order.outcome = 'info';
    if (this.#chunk.code[row] !== this.#pending) return;
    const details = detailsOf(order);
    const doneNs = this.#chunk.doneNs[row] ?? Number.NaN;
    this.#rememberAcceptedId(details, row);
    if (doneNs >= details.acceptedNs) return;
    details.acceptedNs = doneNs;
    details.acceptedAttempt = this.#base + row;
  }

  cancel(order: LogicalOrder, row: number): void {
    const chunk = this.#chunk;
    const outcome = outcomeOfKind(chunk.kind[row] ?? 0);
    if (outcome === 'fail') return;
    if (outcome === 'ok' || order.cancel === 'none') order.cancel = outcome;
    const details = detailsOf(order);
    const sentNs = chunk.sentNs[row] ?? Number.NaN;
    // Of an answer that never came nobody knows when it took effect.
    const endNs = outcome === 'ok' ? (chunk.doneNs[row] ?? Number.NaN) : Number.POSITIVE_INFINITY;
    if (!(sentNs >= details.cancelSentNs)) details.cancelSentNs = sentNs;
    if (!(endNs > details.cancelDoneNs)) details.cancelDoneNs = endNs;
  }

  lookUp(order: LogicalOrder, row: number): void {
    const kind = this.#lookUpAt(row);
    if (kind === undefined) return;
    const chunk = this.#chunk;
    const sentNs = chunk.sentNs[row] ?? Number.NaN;
    const doneNs = chunk.doneNs[row] ?? Number.NaN;
    if (kind === 'not-found' && !(sentNs >= this.#absentFromNs())) return;
    const details = detailsOf(order);
    if (kind === 'pending') {
      this.#rememberAcceptedId(details, row);
      return;
    }
    if (kind === 'confirmed' || kind === 'cancelled') this.#rememberOrderId(order, row);
    if (kind === 'confirmed' && doneNs < details.confirmedNs) details.confirmedNs = doneNs;
    const soldOut = kind === 'refused' && chunk.code[row] === this.#soldOut;
    if (soldOut && sentNs >= details.soldOutLookUpNs) {
      details.soldOutLookUp = this.#base + row;
      details.soldOutLookUpNs = sentNs;
    }
    if (doneNs < details.lookUpNs) return;
    details.lookUpSoldOut = soldOut;
    order.lookUp = kind === 'confirmed' ? 'found' : kind;
    details.lookUpNs = doneNs;
    details.lookUpSentNs = sentNs;
    details.lookUpAttempt = this.#base + row;
  }

  #rememberOrderId(order: LogicalOrder, row: number): void {
    const orderId = sparseAt(this.#chunk.orderIds, row);
    if (orderId === undefined || order.orderIds.includes(orderId)) return;
    if (order.orderIds.length > 0 && order.otherOkAttempt < 0) {
      order.otherOkAttempt = this.#base + row;
    }
    order.orderIds = [...order.orderIds, orderId];
  }

  #rememberAcceptedId(details: { acceptedIds: readonly string[] }, row: number): void {
    const orderId = sparseAt(this.#chunk.orderIds, row);
    if (orderId === undefined || details.acceptedIds.includes(orderId)) return;
    details.acceptedIds = [...details.acceptedIds, orderId];
  }
}

/**
 * What look-ups settle once everything has been read: an order that was decided against is decided,
 * unless it was sent again afterwards (refusals are evaluated again); an order that was found
 * withdrawn has been withdrawn, whatever the request to cancel was answered.
 */
function settleLookUps(
  chunks: readonly AttemptChunk[],
  table: OrderTable,
  lookedUp: ReadonlySet<LogicalOrder>,
): void {
  const refused: LogicalOrder[] = [];
  for (const order of lookedUp) {
    if (order.lookUp === 'refused') refused.push(order);
    if (order.details.soldOutLookUp >= 0) tellSoldOut(order);
    if (order.lookUp !== 'cancelled' || order.cancel !== 'info') continue;
    order.cancel = 'ok';
    const details = detailsOf(order);
    details.cancelDoneNs = Math.min(details.cancelDoneNs, details.lookUpNs);
  }
  if (refused.length === 0) return;
  const lastDoneNs = lastDoneByKey(chunks, table);
  for (const order of refused) {
    const endedNs = lastDoneNs[order.ordinal] ?? Number.NEGATIVE_INFINITY;
    if (!(order.details.lookUpSentNs >= endedNs)) order.lookUp = 'none';
  }
}

/** Who learned by a look-up that there is nothing left was told so as by an answer. */
function tellSoldOut(order: LogicalOrder): void {
  const { soldOutLookUp, soldOutLookUpNs } = order.details;
  if (order.soldOutSentNs >= soldOutLookUpNs) return;
  order.soldOutAttempt = soldOutLookUp;
  // It may have been decided as soon as the order was sent.
  order.soldOutSentNs = order.firstSentNs;
}

/** When the last order attempt of each key had ended, by the key's ordinal. */
function lastDoneByKey(chunks: readonly AttemptChunk[], table: OrderTable): Float64Array {
  const lastDoneNs = new Float64Array(table.length).fill(Number.NEGATIVE_INFINITY);
  for (const chunk of chunks) {
    for (let row = 0; row < chunk.length; row += 1) {
      const intent = chunk.intent[row] ?? -1;
      if (intent < 0 || operationIndexOfKind(chunk.kind[row] ?? 0) !== orderOperation) continue;
      const ordinal = table.get(intent, chunk.keyVariant[row] ?? 0)?.ordinal ?? -1;
      // What was never sent changed nothing.
      if (Number.isNaN(chunk.sentNs[row])) continue;
      const doneNs = chunk.doneNs[row] ?? Number.NaN;
      if (!(doneNs <= (lastDoneNs[ordinal] ?? Number.POSITIVE_INFINITY))) {
        lastDoneNs[ordinal] = Number.isNaN(doneNs) ? Number.POSITIVE_INFINITY : doneNs;
      }
    }
  }
  return lastDoneNs;
}
