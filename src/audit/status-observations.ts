import { operationIndexOfKind } from '../history/chunk.ts';
import { operations } from '../history/vocabulary.ts';
import type { Evidence } from './evidence.ts';
import type { EvidenceIndex } from './evidence-index.ts';
import type { LogicalOrder } from './logical-order.ts';
import { type LookUpKind, lookUpKinds, lookUpReader } from './look-ups.ts';

const statusOperation = operations.indexOf('status');
const kindCount = lookUpKinds.length;
const firstCapacity = 64;

/** One look-up of a key: when it was sent and complete (ns since the run's epoch), and its index. */
export interface Observation {
  readonly sentNs: number;
  readonly doneNs: number;
  readonly attempt: number;
}

/**
 * What the look-ups of each key said: of every kind the one that was complete first and the one that
 * was sent last. That decides whether a status changed (some look-up of one kind was complete before
 * some look-up of another was sent), in any order of attempts and with a fixed cost per key.
 */
export class StatusObservations {
  /** Orders that were looked up, each once. */
  readonly orders: LogicalOrder[] = [];
  /** By the ordinal of the order: its position in {@link orders}, plus 1. */
  readonly #slotOf: Int32Array;
  #firstDoneNs = new Float64Array(0);
  #firstSentNs = new Float64Array(0);
  #lastSentNs = new Float64Array(0);
  #lastDoneNs = new Float64Array(0);
  #firstAttempt = new Int32Array(0);
  #lastAttempt = new Int32Array(0);

  constructor(evidence: Evidence, index: EvidenceIndex) {
    this.#slotOf = new Int32Array(index.keyCount);
    let base = 0;
    for (const chunk of evidence.attempts.chunks()) {
      const kindAt = lookUpReader(chunk);
      for (let row = 0; row < chunk.length; row += 1) {
        const intent = chunk.intent[row] ?? -1;
        if (intent < 0 || operationIndexOfKind(chunk.kind[row] ?? 0) !== statusOperation) continue;
        const order = index.orderOf(intent, chunk.keyVariant[row] ?? 0);
        const kind = kindAt(row);
        if (order === undefined || kind === undefined) continue;
        const sentNs = chunk.sentNs[row] ?? Number.NaN;
        this.#note(order, kind, {
          sentNs,
          doneNs: chunk.doneNs[row] ?? Number.NaN,
          attempt: base + row,
        });
      }
      base += chunk.length;
    }
  }

  /** The look-up of that kind that was complete first; undefined when there was none. */
  firstDone(order: LogicalOrder, kind: LookUpKind): Observation | undefined {
    const cell = this.#cellOf(order, kind);
    const doneNs = this.#firstDoneNs[cell] ?? Number.POSITIVE_INFINITY;
    if (doneNs === Number.POSITIVE_INFINITY) return undefined;
    const attempt = this.#firstAttempt[cell] ?? -1;
    return { sentNs: this.#firstSentNs[cell] ?? Number.NaN, doneNs, attempt };
  }

  /** The look-up of that kind that was sent last; undefined when there was none. */
  lastSent(order: LogicalOrder, kind: LookUpKind): Observation | undefined {
    const cell = this.#cellOf(order, kind);
    const sentNs = this.#lastSentNs[cell] ?? Number.NEGATIVE_INFINITY;
    if (sentNs === Number.NEGATIVE_INFINITY) return undefined;
    const attempt = this.#lastAttempt[cell] ?? -1;
    return { sentNs, doneNs: this.#lastDoneNs[cell] ?? Number.NaN, attempt };
  }

  #cellOf(order: LogicalOrder, kind: LookUpKind): number {
    const slot = (this.#slotOf[order.ordinal] ?? 0) - 1;
    return slot < 0 ? -1 : slot * kindCount + lookUpKinds.indexOf(kind);
  }

  #note(order: LogicalOrder, kind: LookUpKind, { sentNs, doneNs, attempt }: Observation): void {
    if (this.#slotOf[order.ordinal] === 0) {
      this.orders.push(order);
      this.#slotOf[order.ordinal] = this.orders.length;
      if (this.orders.length * kindCount > this.#firstDoneNs.length) this.#grow();
    }
    const cell = this.#cellOf(order, kind);
    if (doneNs < (this.#firstDoneNs[cell] ?? 0)) {
      this.#firstDoneNs[cell] = doneNs;
      this.#firstSentNs[cell] = sentNs;
      this.#firstAttempt[cell] = attempt;
    }
    if (sentNs > (this.#lastSentNs[cell] ?? 0)) {
      this.#lastSentNs[cell] = sentNs;
      this.#lastDoneNs[cell] = doneNs;
      this.#lastAttempt[cell] = attempt;
    }
  }

  #grow(): void {
    const cells = Math.max(firstCapacity * kindCount, this.#firstDoneNs.length * 2);
    this.#firstDoneNs = grown(this.#firstDoneNs, cells, Number.POSITIVE_INFINITY);
    this.#firstSentNs = grown(this.#firstSentNs, cells, Number.NaN);
    this.#lastSentNs = grown(this.#lastSentNs, cells, Number.NEGATIVE_INFINITY);
    this.#lastDoneNs = grown(this.#lastDoneNs, cells, Number.NaN);
    const [first, last] = [new Int32Array(cells), new Int32Array(cells)];
    first.set(this.#firstAttempt);
    last.set(this.#lastAttempt);
    this.#firstAttempt = first;
    this.#lastAttempt = last;
  }
}

function grown(column: Float64Array, length: number, value: number): Float64Array<ArrayBuffer> {
  const result = new Float64Array(length).fill(value, column.length);
  result.set(column);
  return result;
}
