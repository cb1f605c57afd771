import { defined } from '../core/assert.ts';
import type { Attempt } from './attempt.ts';
import {
  type AttemptChunk,
  AttemptCursor,
  adopt,
  bytesOf,
  ChunkBuilder,
  sparseAt,
} from './chunk.ts';
import { ascendingOrder } from './time-order.ts';

export type { AttemptChunk } from './chunk.ts';

/** Attempts a chunk: 1 MB, small enough to send while load is running. */
export const defaultChunkRows = 16_384;

/** Attempts a chunk of a record that has been put in order: fewer chunks are quicker to read. */
export const sortedChunkRows = 65_536;

/**
 * Every attempt of a run, by column: at most 64 bytes an attempt for the usual mix of answers (rare
 * values in side tables). Append-only; millions of attempts stay cheap to read in sequence.
 */
export class AttemptStore {
  readonly #chunkRows: number;
  #chunks: AttemptChunk[] = [];
  /** Index of the first attempt of each chunk. */
  #starts: number[] = [];
  #sealedLength = 0;
  #open: ChunkBuilder | undefined;

  /** @param chunkRows attempts a chunk, 1 to 65,536 */
  constructor(chunkRows: number = defaultChunkRows) {
    this.#chunkRows = chunkRows;
  }

  /** Attempts held. */
  get length(): number {
    return this.#sealedLength + (this.#open?.length ?? 0);
  }

  /** Memory taken, in bytes (strings estimated). */
  get bytes(): number {
    return this.chunks().reduce((sum, chunk) => sum + bytesOf(chunk), 0);
  }

  append(attempt: Attempt): void {
    this.#open ??= new ChunkBuilder(this.#chunkRows);
    this.#open.append(attempt);
    if (this.#open.full) this.#seal();
  }

  /** Takes over a chunk, such as one that a worker sent. */
  addChunk(chunk: AttemptChunk): void {
    this.#seal();
    this.#push(adopt(chunk));
  }

  /**
   * Hands over the finished chunks and forgets them.
   *
   * @param rest true: the unfinished chunk as well, so that the store is empty afterwards
   */
  takeChunks(rest = false): AttemptChunk[] {
    if (rest) this.#seal();
    const taken = this.#chunks;
    this.#chunks = [];
    this.#starts = [];
    this.#sealedLength = 0;
    return taken;
  }

  /** All chunks in order, for reading by column. Valid until the next append. */
  chunks(): readonly AttemptChunk[] {
    return this.#open === undefined ? this.#chunks : [...this.#chunks, this.#open.view()];
  }

  /** Calls `visit` for every attempt in order. The cursor is one object that moves: do not keep it. */
  forEach(visit: (attempt: AttemptCursor, index: number) => void): void {
    let index = 0;
    let cursor: AttemptCursor | undefined;
    for (const chunk of this.chunks()) {
      cursor ??= new AttemptCursor(chunk);
      for (let row = 0; row < chunk.length; row += 1) {
        visit(cursor.at(chunk, row), index);
        index += 1;
      }
    }
  }

  /** The attempt at `index` (from 0), as an object of its own. */
  read(index: number): Attempt {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) {
      throw new RangeError(`no attempt ${index} in a history of ${this.length}`);
    }
    const [chunk, row] = this.#locate(index);
    return new AttemptCursor(chunk).at(chunk, row).toAttempt();
  }

  /** What the answer to the attempt at `index` said of when to come back; undefined when it said nothing. */
  retryAfterMsAt(index: number): number | undefined {
    const [chunk, row] = this.#locate(index);
    return sparseAt(chunk.retryAfterMs, row);
  }

  /**
   * The attempts by the time they were sent (those never sent: when they were due), oldest first;
   * equal times keep their order, in chunks of {@link sortedChunkRows}. The store itself when it is in
   * order already.
   */
  sortedByTime(): AttemptStore {
    this.#seal();
    const times = new Float64Array(this.length);
    let index = 0;
    let inOrder = true;
    for (const chunk of this.chunks()) {
      for (let row = 0; row < chunk.length; row += 1) {
        const sentNs = chunk.sentNs[row] ?? Number.NaN;
        const time = Number.isNaN(sentNs) ? (chunk.scheduledNs[row] ?? 0) : sentNs;
        times[index] = time;
        if (index > 0 && time < (times[index - 1] ?? 0)) inOrder = false;
        index += 1;
      }
    }
    return inOrder ? this : this.#permuted(ascendingOrder(times));
  }

  #permuted(order: Uint32Array): AttemptStore {
    const sorted = new AttemptStore(sortedChunkRows);
    const [first] = this.chunks();
    if (first === undefined) return sorted;
    const cursor = new AttemptCursor(first);
    for (const index of order) {
      const [chunk, row] = this.#locate(index);
      sorted.append(cursor.at(chunk, row));
    }
    return sorted;
  }

  #locate(index: number): readonly [AttemptChunk, number] {
    if (index >= this.#sealedLength) {
      return [defined(this.#open, 'open chunk').view(), index - this.#sealedLength];
    }
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return [defined(this.#chunks[low], 'chunk'), index - (this.#starts[low] ?? 0)];
  }

  #seal(): void {
    if (this.#open === undefined) return;
    const chunk = this.#open.seal();
    this.#open = undefined;
    this.#push(chunk);
  }

  #push(chunk: AttemptChunk): void {
    if (chunk.length === 0) return;
    this.#starts.push(this.#sealedLength);
    this.#chunks.push(chunk);
    this.#sealedLength += chunk.length;
  }
}
