import { assert } from '../core/assert.ts';

/** Equal buckets on a time axis whose zero is an origin, such as the opening. */
export interface BucketAxis {
  /** Where the axis is 0, in ns of the run's clock. */
  readonly originNs: number;
  readonly bucketNs: number;
  /** Number of the first bucket; bucket 0 starts at the origin, -1 ends there. */
  readonly firstBucket: number;
  readonly buckets: number;
}

/** What an axis is laid out from. Instants are ns since the run’s epoch. */
export interface BucketAxisOptions {
  readonly originNs: number;
  /** Earliest and latest instant to be shown. */
  readonly fromNs: number;
  readonly toNs: number;
  /** Bucket widths to choose from, ascending: the first one that needs few enough buckets is taken. */
  readonly widthsNs: readonly number[];
  readonly bucketsMax: number;
}

/**
 * The finest axis over [`fromNs`, `toNs`] that fits into `bucketsMax`. When even the widest buckets
 * do not fit, the axis keeps what lies around the origin: at most a quarter before it, the rest after.
 * The origin is always a border of buckets, never inside one.
 */
export function bucketAxis(options: BucketAxisOptions): BucketAxis {
  const { originNs, fromNs, toNs, widthsNs, bucketsMax } = options;
  assert(fromNs <= toNs, 'a time axis ends after it starts');
  assert(bucketsMax >= 4, 'a time axis has at least four buckets');
  let axis: BucketAxis | undefined;
  for (const bucketNs of widthsNs) {
    const firstBucket = Math.floor((fromNs - originNs) / bucketNs);
    const lastBucket = Math.floor((toNs - originNs) / bucketNs);
    axis = { originNs, bucketNs, firstBucket, buckets: lastBucket - firstBucket + 1 };
    if (axis.buckets <= bucketsMax) return axis;
  }
  assert(axis !== undefined, 'a time axis has a bucket width');
  const firstBucket = Math.max(axis.firstBucket, -Math.floor(bucketsMax / 4));
  const lastBucket = axis.firstBucket + axis.buckets - 1;
  const buckets = Math.max(1, Math.min(bucketsMax, lastBucket - firstBucket + 1));
  return { ...axis, firstBucket, buckets };
}

/** Which bucket of the axis an instant lies in, from 0; for one that is not on it no number of a bucket. */
export function positionOn(axis: BucketAxis, atNs: number): number {
  return Math.floor((atNs - axis.originNs) / axis.bucketNs) - axis.firstBucket;
}

/** Counts per bucket of an axis. */
export class TimeSeries {
  readonly #axis: BucketAxis;
  readonly #counts: Float64Array;
  #outside = 0;

  constructor(axis: BucketAxis) {
    this.#axis = axis;
    this.#counts = new Float64Array(axis.buckets);
  }

  /** Adds `count` at an instant; what is not on the axis adds to {@link outside} instead. */
  add(atNs: number, count = 1): void {
    this.addAt(positionOn(this.#axis, atNs), count);
  }

  /** The same at what {@link positionOn} gives for the axis of this series. */
  addAt(position: number, count = 1): void {
    if (position >= 0 && position < this.#counts.length) {
      this.#counts[position] = (this.#counts[position] ?? 0) + count;
    } else this.#outside += count;
  }

  /** What was added before the first or after the last bucket, or at NaN. */
  get outside(): number {
    return this.#outside;
  }

  /** The counts in order of time. */
  toArray(): number[] {
    return Array.from(this.#counts);
  }
}
