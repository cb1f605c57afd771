import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from 'hdr-histogram-js';
import { assert } from '../core/assert.ts';
import { cellCount, cellOf, cellValueMax, lowestInCell } from './log-cells.ts';

/**
 * Longest latency told apart, in µs: one hour. It bounds what a histogram can grow to (about
 * 200 KiB), whatever a clock or a worker claims.
 */
export const latencyUsMax = 3_600_000_000;

/** A histogram as text and plain numbers, to send between processes or to keep in a file. */
export interface SerialisedHistogram {
  /** HdrHistogram V2, compressed, base64: readable by HdrHistogram in any language. */
  readonly hdr: string;
  /** Largest recorded value in µs; HdrHistogram's own is rounded up when it is read back. */
  readonly maxUs: number;
  readonly negativeCount: number;
  readonly overflowCount: number;
}

/**
 * Latencies in µs at three significant digits (HdrHistogram), growing as needed up to
 * {@link latencyUsMax}. Merging two gives exactly what recording into one would have given, so that
 * percentiles over workers are true ones and not averages of percentiles.
 */
export class LatencyHistogram {
  readonly #histogram: Histogram;
  /** Counts that are not in `#histogram` yet, by {@link cellOf}. */
  readonly #pending = new Uint32Array(cells);
  #hasPending = false;
  #maxUs = 0;
  #negativeCount = 0;
  #overflowCount = 0;

  /** An empty histogram; `from` is for {@link LatencyHistogram.deserialise}. */
  constructor(from?: Histogram) {
    this.#histogram = from ?? build({ numberOfSignificantValueDigits: 3, autoResize: true });
    this.#histogram.autoResize = true;
  }

  /** Reads back what {@link serialise} wrote. */
  static deserialise(serialised: SerialisedHistogram): LatencyHistogram {
    const histogram = new LatencyHistogram(decodeFromCompressedBase64(serialised.hdr));
    histogram.#maxUs = serialised.maxUs;
    histogram.#negativeCount = serialised.negativeCount;
    histogram.#overflowCount = serialised.overflowCount;
    return histogram;
  }

  /** Number of recorded values. */
  get count(): number {
    return this.#settled().totalCount;
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
    if (value > cellUsMax) {
      this.#histogram.recordValue(value);
      return;
    }
    const cell = cellOf(value, cellBits);
    this.#pending[cell] = (this.#pending[cell] ?? 0) + 1;
    this.#hasPending = true;
  }

  /**
   * The value in µs that `percentile` percent (0 to 100) of the recorded ones do not exceed, within
   * 0.1 %; never above {@link max}. 0 when nothing was recorded.
   */
  percentile(percentile: number): number {
    assert(percentile >= 0 && percentile <= 100, 'a percentile is from 0 to 100');
    if (this.count === 0) return 0;
    if (percentile === 100) return this.#maxUs;
    return Math.min(this.#settled().getValueAtPercentile(percentile), this.#maxUs);
  }

  /** Adds all that `other` recorded. `other` stays as it is. */
  merge(other: LatencyHistogram): void {
    this.#histogram.add(other.#settled());
    this.#maxUs = Math.max(this.#maxUs, other.#maxUs);
    this.#negativeCount += other.#negativeCount;
    this.#overflowCount += other.#overflowCount;
  }

  serialise(): SerialisedHistogram {
    return {
      hdr: encodeIntoCompressedBase64(this.#settled()),
      maxUs: this.#maxUs,
      negativeCount: this.#negativeCount,
      overflowCount: this.#overflowCount,
    };
  }

  /** The histogram with everything that was recorded. */
  #settled(): Histogram {
    if (!this.#hasPending) return this.#histogram;
    this.#hasPending = false;
    for (let cell = 0; cell < cells; cell += 1) {
      const count = this.#pending[cell] ?? 0;
      if (count > 0) this.#histogram.recordValueWithCount(lowestInCell(cell, cellBits), count);
    }
    this.#pending.fill(0);
    return this.#histogram;
  }
}

/**
 * Counting by cells first is several times as quick as HdrHistogram's own search for the place of each
 * value, and comes to the same: with three digits it tells apart the 11 highest bits, and so do the
 * cells.
 */
const cellBits = 11;
/** Longest latency that has a cell, in µs. */
const cellUsMax = cellValueMax;
const cells = cellCount(cellBits);
