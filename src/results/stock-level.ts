import { type BucketAxis, TimeSeries } from '../metrics/timeseries.ts';

/** The stock over time, from what was taken and put back. */
export class StockLevel {
  readonly #axis: BucketAxis;
  readonly #changes: TimeSeries;
  #before = 0;

  constructor(axis: BucketAxis) {
    this.#axis = axis;
    this.#changes = new TimeSeries(axis);
  }

  /** Units that came back (below zero: were taken) at an instant; what was before the axis counts. */
  add(atNs: number, units: number): void {
    const { originNs, bucketNs, firstBucket } = this.#axis;
    if (atNs < originNs + firstBucket * bucketNs) this.#before += units;
    else this.#changes.add(atNs, units);
  }

  /**
   * Units left at the end of each bucket.
   *
   * @param initial units at the start
   */
  levels(initial: number): number[] {
    let left = initial + this.#before;
    return this.#changes.toArray().map((change) => {
      left += change;
      return left;
    });
  }
}
