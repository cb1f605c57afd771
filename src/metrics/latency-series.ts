import { assert } from '../core/assert.ts';
import { cellCount, cellOf, cellValueMax, lowestInCell } from './log-cells.ts';
import type { BucketAxis } from './timeseries.ts';

/** Highest bits that are told apart: values within 1/64 of one another are one. */
const cellBits = 7;
const cells = cellCount(cellBits);

/**
 * Latencies per bucket of an axis. Percentiles over time are for the eye: they are exact to 1.6 %, in
 * return for which millions of attempts cost a fraction of a second and a megabyte.
 */
export class LatencySeries {
  readonly #axis: BucketAxis;
  readonly #counts: Uint32Array;
  readonly #totals: Uint32Array;
  readonly #maxUs: Float64Array;

  constructor(axis: BucketAxis) {
    this.#axis = axis;
    this.#counts = new Uint32Array(axis.buckets * cells);
    this.#totals = new Uint32Array(axis.buckets);
    this.#maxUs = new Float64Array(axis.buckets);
  }

  /** Adds a latency in µs (below 0 counts as 0) at an instant in ns; off the axis it is left out. */
  add(atNs: number, us: number): void {
    const { originNs, bucketNs, firstBucket, buckets } = this.#axis;
    const bucket = Math.floor((atNs - originNs) / bucketNs) - firstBucket;
    if (!(bucket >= 0 && bucket < buckets)) return;
    const value = Math.min(Math.max(Math.round(us), 0), cellValueMax);
    const cell = bucket * cells + cellOf(value, cellBits);
    this.#counts[cell] = (this.#counts[cell] ?? 0) + 1;
    this.#totals[bucket] = (this.#totals[bucket] ?? 0) + 1;
    if (value > (this.#maxUs[bucket] ?? 0)) this.#maxUs[bucket] = value;
  }

  /** Latencies in each bucket. */
  counts(): number[] {
    return Array.from(this.#totals);
  }

  /**
   * Of each bucket the value in µs that `percentile` percent of its latencies do not exceed; null where
   * there were none.
   *
   * @param percentile above 0, at most 100 (the exact maximum)
   */
  percentile(percentile: number): (number | null)[] {
    assert(percentile > 0 && percentile <= 100, 'a percentile is above 0 and at most 100');
    return Array.from(this.#totals, (total, bucket) => {
      if (total === 0) return null;
      const maxUs = this.#maxUs[bucket] ?? 0;
      if (percentile === 100) return maxUs;
      return Math.min(maxUs, this.#valueOfRank(bucket, Math.ceil((percentile / 100) * total)));
    });
  }

  /** The largest value of the cell that the `rank`-th smallest latency (from 1) lies in. */
  #valueOfRank(bucket: number, rank: number): number {
    const from = bucket * cells;
    let seen = 0;
    for (let cell = 0; cell < cells; cell += 1) {
      seen += this.#counts[from + cell] ?? 0;
      if (seen >= rank) return lowestInCell(cell + 1, cellBits) - 1;
    }
    return cellValueMax;
  }
}
