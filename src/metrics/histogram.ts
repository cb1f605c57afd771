import { assert } from '../core/assert.ts';
import { cellOf, lowestInCell } from './log-cells.ts';

/**
 * Longest latency told apart, in µs: one hour. It bounds what a histogram takes, whatever a clock or a
 * worker claims.
 */
export const latencyUsMax = 3_600_000_000;

/** A histogram as plain values, for another process. */
export interface SerialisedHistogram {
  /** Cells that hold something, each with its count. */
  readonly cells: readonly (readonly [cell: number, count: number])[];
  readonly maxUs: number;
  readonly negativeCount: number;
  readonly overflowCount: number;
}

/**
 * Latencies in µs at three significant digits, in the cells of HdrHistogram (hdrhistogram.org), and
 * with its percentiles. Merging two gives exactly what recording into one would have given, so that
 * percentiles over workers are true ones and not averages of percentiles.
 *
 * Counted here and not by the library: several times as quick for each value, and nothing to load and
 * to warm up for an audit that takes a second.
 */
export class LatencyHistogram {
  readonly #counts = new Uint32Array(cells);
  #count = 0;
  #maxUs = 0;
  #negativeCount = 0;
  #overflowCount = 0;

  /** Reads back what {@link serialise} wrote. */
  static deserialise(serialised: SerialisedHistogram): LatencyHistogram {
    const histogram = new LatencyHistogram();
    for (const [cell, count] of serialised.cells) {
      histogram.#counts[cell] = count;
      histogram.#count += count;
    }
    histogram.#maxUs = serialised.maxUs;
    histogram.#negativeCount = serialised.negativeCount;
    histogram.#overflowCount = serialised.overflowCount;
    return histogram;
  }

  serialise(): SerialisedHistogram {
    return {
      cells: Array.from(this.#counts, (count, cell) => [cell, count] as const).filter(
        ([, count]) => count > 0,
      ),
      maxUs: this.#maxUs,
      negativeCount: this.#negativeCount,
      overflowCount: this.#overflowCount,
    };
  }

  /** Number of recorded values. */
  get count(): number {
    return this.#count;
  }

  /** Values below zero, which were recorded as 0: clocks that disagree. */
  get negativeCount(): number {
    return this.#negativeCount;
  }

  /** Values above {@link latencyUsMax}, which were recorded as that. */
  get overflowCount(): number {
    return this.#overflowCount;
  }

  /** Largest recorded value in µs, exact to the microsecond; 0 when there is none. */
  get max(): number {
    return this.#maxUs;
  }

  /** Records one latency in µs, rounded to a whole one. */
  record(us: number): void {
    assert(Number.isFinite(us), 'a latency is a finite number');
    if (us < 0) this.#negativeCount += 1;
    if (us > latencyUsMax) this.#overflowCount += 1;
    const value = Math.min(Math.max(Math.round(us), 0), latencyUsMax);
    if (value > this.#maxUs) this.#maxUs = value;
    const cell = cellOf(value, cellBits);
    this.#counts[cell] = (this.#counts[cell] ?? 0) + 1;
    this.#count += 1;
  }

  /**
   * The value in µs that `percentile` percent (0 to 100) of the recorded ones do not exceed, within
   * 0.1 %; never above {@link max}. 0 when nothing was recorded.
   */
  percentile(percentile: number): number {
    assert(percentile >= 0 && percentile <= 100, 'a percentile is from 0 to 100');
    const share = (percentile / 100) * this.#count;
    // A share that rounding has put above a whole number is that number.
    const rank = Math.max(1, Math.ceil(share - share * Number.EPSILON));
    const lastCell = cellOf(this.#maxUs, cellBits);
    let counted = 0;
    for (let cell = 0; cell <= lastCell; cell += 1) {
      counted += this.#counts[cell] ?? 0;
      if (counted < rank) continue;
      const lowest = lowestInCell(cell, cellBits);
      return percentile === 0
        ? lowest
        : Math.min(lowestInCell(cell + 1, cellBits) - 1, this.#maxUs);
    }
    return 0;
  }

  /** The cells that hold something, ascending: their lowest value in µs, and how many values they hold. */
  filledCells(): { readonly fromUs: number; readonly count: number }[] {
    const found: { fromUs: number; count: number }[] = [];
    for (let cell = 0; cell < cells; cell += 1) {
      const count = this.#counts[cell] ?? 0;
      if (count > 0) found.push({ fromUs: lowestInCell(cell, cellBits), count });
    }
    return found;
  }

  /** Adds all that `other` recorded. `other` stays as it is. */
  merge(other: LatencyHistogram): void {
    for (let cell = 0; cell < cells; cell += 1) {
      this.#counts[cell] = (this.#counts[cell] ?? 0) + (other.#counts[cell] ?? 0);
    }
    this.#count += other.#count;
    this.#maxUs = Math.max(this.#maxUs, other.#maxUs);
    this.#negativeCount += other.#negativeCount;
    this.#overflowCount += other.#overflowCount;
  }
}

/** HdrHistogram tells apart the 11 highest bits of a value for three significant digits. */
const cellBits = 11;
const cells = cellOf(latencyUsMax, cellBits) + 1;
