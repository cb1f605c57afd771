import { nsPerMs } from '../../core/clock.ts';
import {
  type AttemptChunk,
  operationIndexOfKind,
  outcomeOfKind,
  sparseAt,
} from '../../history/chunk.ts';
import { operations, pendingCode } from '../../history/vocabulary.ts';
import type { Evidence } from '../evidence.ts';
import type { EvidenceIndex } from '../evidence-index.ts';
import type { LogicalOrder } from '../logical-order.ts';

/** Answers "sold-out" of one product, by column. Instants are ns since the run's epoch. */
export interface SoldOutAnswers {
  readonly length: number;
  readonly sentNs: Float64Array;
  readonly doneNs: Float64Array;
  /** Units asked for. */
  readonly units: Uint16Array;
  /** Index of the attempt that was answered so. */
  readonly attempt: Uint32Array;
  /** Who was answered so. */
  readonly user: Uint32Array;
}

/** What the attempts say of the stock beyond their logical orders. */
export interface StockOperations {
  /** By index of the product. */
  readonly soldOuts: readonly SoldOutAnswers[];
  /**
   * When the first attempt was sent that may have sold: a declared refusal has no effect, so that what
   * came before does not count. NaN when every attempt was refused.
   */
  readonly effectSentNs: Float64Array;
  /** What the earliest ok answer told was left; NaN when it told nothing. Empty when nothing was promised. */
  readonly remaining: Float64Array;
  /** 1: an attempt ended in a way that leaves open whether it was served (a 202 does not). */
  readonly endedOpen: Uint8Array;
}

const orderOperation = operations.indexOf('order');
const statusOperation = operations.indexOf('status');
const known = new WeakMap<EvidenceIndex, StockOperations>();

/** Reads all attempts once for everybody who asks. O(n). */
export function readStockOperations(evidence: Evidence, index: EvidenceIndex): StockOperations {
  const found = known.get(index);
  if (found !== undefined) return found;
  const made = new Reader(evidence, index).read();
  known.set(index, made);
  return made;
}

/** Columns while they are being filled. */
class SoldOutColumns {
  #length = 0;
  readonly #sentNs: Float64Array;
  readonly #doneNs: Float64Array;
  readonly #units: Uint16Array;
  readonly #attempt: Uint32Array;
  readonly #user: Uint32Array;

  /** @param capacity the most answers that there can be */
  constructor(capacity: number) {
    this.#sentNs = new Float64Array(capacity);
    this.#doneNs = new Float64Array(capacity);
    this.#units = new Uint16Array(capacity);
    this.#attempt = new Uint32Array(capacity);
    this.#user = new Uint32Array(capacity);
  }

  add(sentNs: number, doneNs: number, units: number, user: number, attempt: number): void {
    // Of an answer to nobody knows how many units nothing follows.
    if (units < 1) return;
    const row = this.#length;
    this.#sentNs[row] = sentNs;
    this.#doneNs[row] = Math.max(sentNs, doneNs);
    this.#units[row] = units;
    this.#attempt[row] = attempt;
    this.#user[row] = user;
    this.#length = row + 1;
  }

  toAnswers(): SoldOutAnswers {
    const length = this.#length;
    return {
      length,
      sentNs: this.#sentNs.subarray(0, length),
      doneNs: this.#doneNs.subarray(0, length),
      units: this.#units.subarray(0, length),
      attempt: this.#attempt.subarray(0, length),
      user: this.#user.subarray(0, length),
    };
  }
}

/** How many answers "sold-out" each product has at most. */
function countSoldOuts({ attempts }: Evidence, index: EvidenceIndex): Uint32Array {
  const counts = new Uint32Array(index.products.length);
  for (const chunk of attempts.chunks()) {
    const soldOutCode = chunk.codes.indexOf('sold-out');
    if (soldOutCode < 0) continue;
    for (let row = 0; row < chunk.length; row += 1) {
      if (chunk.code[row] !== soldOutCode) continue;
      const isOrder = operationIndexOfKind(chunk.kind[row] ?? 0) === orderOperation;
      // A look-up is counted by what its order wanted.
      const product = isOrder
        ? (chunk.product[row] ?? -1)
        : (index.orderOf(chunk.intent[row] ?? 0, chunk.keyVariant[row] ?? 0)?.product ?? -1);
      if (product >= 0 && product < counts.length) counts[product] = (counts[product] ?? 0) + 1;
    }
  }
  return counts;
}

/** The earliest look-up that said of an asynchronous order that it was refused. */
interface Decision {
  readonly doneNs: number;
  readonly attempt: number;
}

class Reader {
  readonly #evidence: Evidence;
  readonly #index: EvidenceIndex;
  readonly #soldOuts: readonly SoldOutColumns[];
  readonly #effectSentNs: Float64Array;
  readonly #remaining: Float64Array;
  readonly #endedOpen: Uint8Array;
  readonly #decisions = new Map<LogicalOrder, Decision>();
  readonly #opensNs: number;
  readonly #closesNs: number;

  constructor(evidence: Evidence, index: EvidenceIndex) {
    this.#evidence = evidence;
    this.#index = index;
    this.#soldOuts = Array.from(
      countSoldOuts(evidence, index),
      (count) => new SoldOutColumns(count),
    );
    this.#effectSentNs = new Float64Array(index.keyCount).fill(Number.NaN);
    const tells = evidence.contract.exactRemaining === true;
    this.#remaining = new Float64Array(tells ? index.keyCount : 0).fill(Number.NaN);
    this.#endedOpen = new Uint8Array(index.keyCount);
    const { opensNs, closesNs } = openingHours(evidence);
    this.#opensNs = opensNs;
    this.#closesNs = closesNs;
  }

  read(): StockOperations {
    let base = 0;
    for (const chunk of this.#evidence.attempts.chunks()) {
      this.#readChunk(chunk, base);
      base += chunk.length;
    }
    this.#addDecisions();
    return {
      soldOuts: this.#soldOuts.map((columns) => columns.toAnswers()),
      effectSentNs: this.#effectSentNs,
      remaining: this.#remaining,
      endedOpen: this.#endedOpen,
    };
  }

  #readChunk(chunk: AttemptChunk, base: number): void {
    const soldOutCode = chunk.codes.indexOf('sold-out');
    const pending = chunk.codes.indexOf(pendingCode);
    for (let row = 0; row < chunk.length; row += 1) {
      const operation = operationIndexOfKind(chunk.kind[row] ?? 0);
      if (operation !== orderOperation && operation !== statusOperation) continue;
      const intent = chunk.intent[row] ?? -1;
      if (intent < 0) continue;
      const outcome = outcomeOfKind(chunk.kind[row] ?? 0);
      const isSoldOut = outcome === 'fail' && chunk.code[row] === soldOutCode;
      if (outcome === 'fail' && !isSoldOut) continue;
      const isOrder = operation === orderOperation;
      if (isOrder && isSoldOut && this.#index.reuses.length === 0) {
        // Every attempt is of its key's own order, which need not be looked up.
        this.#addSoldOut(chunk, row, base + row);
        continue;
      }
      const order = this.#index.orderOf(intent, chunk.keyVariant[row] ?? 0);
      if (order === undefined) continue;
      if (!isOrder) {
        if (isSoldOut) this.#noteDecision(chunk, row, base + row, order);
      } else if (hasOtherPayload(chunk, row, order)) {
        // A probe of key reuse: what it is told is not about the stock, and see ProductView.reuses.
      } else if (isSoldOut) this.#addSoldOut(chunk, row, base + row);
      else {
        this.#noteEffect(chunk, row, base + row, order);
        if (outcome === 'info' && chunk.code[row] !== pending) this.#endedOpen[order.ordinal] = 1;
      }
    }
  }

  /** Outside the opening hours nothing is for sale, so that "sold-out" says nothing about the stock. */
  #addSoldOut(chunk: AttemptChunk, row: number, attempt: number): void {
    const sentNs = chunk.sentNs[row] ?? Number.NaN;
    const doneNs = chunk.doneNs[row] ?? Number.NaN;
    if (!(sentNs >= this.#opensNs && doneNs <= this.#closesNs)) return;
    const { product, quantity, user } = chunk;
    const answers = this.#soldOuts[product[row] ?? -1];
    answers?.add(sentNs, doneNs, quantity[row] ?? 0, user[row] ?? 0, attempt);
  }

  #noteEffect(chunk: AttemptChunk, row: number, attempt: number, order: LogicalOrder): void {
    const sentNs = chunk.sentNs[row] ?? Number.NaN;
    const isLater = sentNs >= (this.#effectSentNs[order.ordinal] ?? Number.NaN);
    if (!isLater && !Number.isNaN(sentNs)) this.#effectSentNs[order.ordinal] = sentNs;
    if (order.okAttempt !== attempt) return;
    this.#remaining[order.ordinal] = sparseAt(chunk.remaining, row) ?? Number.NaN;
  }

  /** The refusal of an asynchronous order comes with a look-up that was itself served (2xx). */
  #noteDecision(chunk: AttemptChunk, row: number, attempt: number, order: LogicalOrder): void {
    const status = chunk.status[row] ?? 0;
    if (status < 200 || status > 299) return;
    const doneNs = chunk.doneNs[row] ?? Number.NaN;
    const earlier = this.#decisions.get(order);
    if (earlier === undefined || doneNs < earlier.doneNs) {
      this.#decisions.set(order, { doneNs, attempt });
    }
  }

  /** Each decision is one answer, however often it was looked up. It may have been made at once. */
  #addDecisions(): void {
    for (const [order, { doneNs, attempt }] of this.#decisions) {
      const sentNs = this.#effectSentNs[order.ordinal] ?? Number.NaN;
      if (!(sentNs >= this.#opensNs)) continue;
      this.#soldOuts[order.product]?.add(sentNs, doneNs, order.quantity, order.user, attempt);
    }
  }
}

function hasOtherPayload(chunk: AttemptChunk, row: number, order: LogicalOrder): boolean {
  return chunk.product[row] !== order.product || chunk.quantity[row] !== order.quantity;
}

/** When the sale was open for certain, by the contract and the events of the run. */
function openingHours({ contract, epoch, openingNs, events }: Evidence): {
  readonly opensNs: number;
  readonly closesNs: number;
} {
  const toleranceNs = (contract.clockToleranceMs ?? 0) * nsPerMs;
  const promisedNs =
    contract.closesAtMs === undefined
      ? Number.POSITIVE_INFINITY
      : (contract.closesAtMs - epoch.wallMs) * nsPerMs;
  let closesNs = promisedNs;
  for (const { event, outcome, sentNs } of events) {
    if (event.kind === 'close' && outcome !== 'fail' && sentNs < closesNs) closesNs = sentNs;
  }
  return {
    opensNs: contract.opensAtMs === undefined ? Number.NEGATIVE_INFINITY : openingNs + toleranceNs,
    closesNs: closesNs - toleranceNs,
  };
}
