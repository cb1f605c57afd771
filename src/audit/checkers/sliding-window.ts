import type { IntervalList } from './grouping.ts';

/** The fullest of all windows, by requests that lie in it for certain. */
export interface FullestWindow {
  readonly count: number;
  /** A window that begins here has them. NaN when none has any. */
  readonly fromNs: number;
}

/**
 * C6: the largest number of intervals that lie wholly in one half-open window [t, t + width), over all
 * t. Of an interval nobody knows when the limiter decided, but it was within: what is counted was
 * admitted within the width, whatever the rest did.
 *
 * Among intervals shorter than the width, one that began before t and one that ends behind the
 * window's end are never the same. So the window holds #{done < t + width} − #{sent < t} of them: two
 * pointers, linear after sorting.
 *
 * @param widthNs above 0
 */
export function fullestWindow(intervals: IntervalList, widthNs: number): FullestWindow {
  const { count, sentNs, ascendingDoneNs } = shorterThan(intervals, widthNs);
  let best = 0;
  let fromNs = Number.NaN;
  let ended = 0;
  for (let begun = 0; begun < count; begun += 1) {
    const t = sentNs[begun] ?? 0;
    while (ended < count && (ascendingDoneNs[ended] ?? 0) < t + widthNs) ended += 1;
    // Of equal instants the first counts them all.
    if (ended - begun > best) {
      best = ended - begun;
      fromNs = t;
    }
  }
  return { count: best, fromNs };
}

type Sorted = Pick<IntervalList, 'count' | 'sentNs' | 'ascendingDoneNs'>;

function shorterThan(intervals: IntervalList, widthNs: number): Sorted {
  const { count, sentNs, doneNs } = intervals;
  const isShort = (at: number) => (doneNs[at] ?? 0) < (sentNs[at] ?? 0) + widthNs;
  let kept = 0;
  for (let at = 0; at < count; at += 1) if (isShort(at)) kept += 1;
  if (kept === count) return intervals;
  const short = {
    count: kept,
    sentNs: new Float64Array(kept),
    ascendingDoneNs: new Float64Array(kept),
  };
  let next = 0;
  for (let at = 0; at < count; at += 1) {
    if (!isShort(at)) continue;
    short.sentNs[next] = sentNs[at] ?? 0;
    short.ascendingDoneNs[next] = doneNs[at] ?? 0;
    next += 1;
  }
  short.ascendingDoneNs.sort();
  return short;
}

/**
 * C6, the other way round: how many requests can have counted in a window at an instant. Those that
 * were sent by then, but for those that had certainly left the window.
 */
export class WindowUse {
  readonly #intervals: IntervalList;
  readonly #cutoffNs: (t: number) => number;
  readonly #unknownUntilNs: number;
  #sent = 0;
  #gone = 0;

  /**
   * @param cutoffNs what had ended before it has left the window at t; does not fall with t
   * @param unknownUntilNs what the window held up to here is not recorded; -Infinity: nothing
   */
  constructor(intervals: IntervalList, cutoffNs: (t: number) => number, unknownUntilNs: number) {
    this.#intervals = intervals;
    this.#cutoffNs = cutoffNs;
    this.#unknownUntilNs = unknownUntilNs;
  }

  /** @param t not before that of the call before */
  usedAt(t: number): number {
    const { count, sentNs, ascendingDoneNs } = this.#intervals;
    const cutoffNs = this.#cutoffNs(t);
    while (this.#sent < count && (sentNs[this.#sent] ?? 0) <= t) this.#sent += 1;
    while (this.#gone < count && (ascendingDoneNs[this.#gone] ?? 0) < cutoffNs) this.#gone += 1;
    if (cutoffNs <= this.#unknownUntilNs) return Number.POSITIVE_INFINITY;
    return this.#sent - this.#gone;
  }
}
