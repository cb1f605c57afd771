import type { IntervalList } from './grouping.ts';
import { sortedOrder } from './instants.ts';

/** Requests that a bucket cannot have let through. */
export interface BucketExcess {
  /** Requests that too many were admitted within the stretch; 0 when the bucket explains all. */
  readonly excess: number;
  /** Requests within the stretch. */
  readonly count: number;
  readonly fromNs: number;
  readonly toNs: number;
}

/** What a bucket promises, in the terms that the checker needs. */
export interface BucketTerms {
  readonly burst: number;
  readonly ratePerNs: number;
  /** Time that the server's clock may count more, or less, than ours. */
  readonly slackNs: number;
}

/** Adding up fractions goes wrong by less than this, in tokens. */
const roundingTokens = 1e-6;
/** Up to here the requests that are counted are kept in a sorted row; above in a tree. */
const rowMax = 64;

const noExcess: BucketExcess = { excess: 0, count: 0, fromNs: Number.NaN, toNs: Number.NaN };

/** C7: token buckets, and GCRA, which admits the same. One for all keys of a run. */
export class BucketChecker {
  readonly #terms: BucketTerms;
  readonly #row = new Float64Array(rowMax);
  #tree = new PrefixTree(0);

  constructor(terms: BucketTerms) {
    this.#terms = terms;
  }

  /**
   * max over a ≤ b of #{intervals in [a, b]} − rate · (b − a), which a bucket keeps at or below its
   * burst. Instants a are swept from the last to the first; over the ends b of the intervals that have
   * been met, a tree keeps the largest of (how many ended by b) − rate · b. O(n log n).
   */
  excess(intervals: IntervalList): BucketExcess {
    const { burst, ratePerNs, slackNs } = this.#terms;
    const { count, sentNs } = intervals;
    if (this.#explainsSending(intervals)) return noExcess;
    const measure = count <= rowMax ? this.#byRow(intervals) : this.#byTree(intervals);
    let worst = Number.NEGATIVE_INFINITY;
    let from = 0;
    for (let at = count - 1; at >= 0; at -= 1) {
      const value = measure(at);
      if (value > worst) {
        worst = value;
        from = at;
      }
    }
    const excess = Math.ceil(worst - ratePerNs * slackNs - burst - roundingTokens);
    if (excess <= 0) return noExcess;
    return { excess, ...stretchFrom(intervals, sentNs[from] ?? 0, ratePerNs) };
  }

  /**
   * Whether a bucket can have let all through at the instants of sending. What lies in a stretch was
   * sent within it, so that no stretch holds too many then. Linear, and true of most keys.
   */
  #explainsSending({ count, sentNs }: IntervalList): boolean {
    const { burst, ratePerNs, slackNs } = this.#terms;
    const most = burst + ratePerNs * slackNs;
    let missing = 0;
    let lastNs = sentNs[0] ?? 0;
    for (let at = 0; at < count; at += 1) {
      const t = sentNs[at] ?? 0;
      missing = Math.max(0, missing - ratePerNs * (t - lastNs)) + 1;
      if (missing > most) return false;
      lastNs = t;
    }
    return true;
  }

  /** Adds interval `at` and gives the largest value of a stretch that begins with it. */
  #byRow({ sentNs, doneNs }: IntervalList): (at: number) => number {
    const { ratePerNs } = this.#terms;
    const row = this.#row;
    let held = 0;
    return (at) => {
      const doneAtNs = doneNs[at] ?? 0;
      let place = held;
      while (place > 0 && (row[place - 1] ?? 0) > doneAtNs) {
        row[place] = row[place - 1] ?? 0;
        place -= 1;
      }
      row[place] = doneAtNs;
      held += 1;
      const a = sentNs[at] ?? 0;
      let best = Number.NEGATIVE_INFINITY;
      for (let b = 0; b < held; b += 1) {
        best = Math.max(best, b + 1 - ratePerNs * ((row[b] ?? 0) - a));
      }
      return best;
    };
  }

  #byTree({ count, sentNs, doneNs }: IntervalList): (at: number) => number {
    const { ratePerNs } = this.#terms;
    if (this.#tree.capacity < count) this.#tree = new PrefixTree(count);
    const tree = this.#tree;
    tree.clear(count);
    const rank = ranksOf(doneNs, count);
    // Counted from the first, so that the products stay small and exact.
    const originNs = sentNs[0] ?? 0;
    return (at) => {
      tree.add(rank[at] ?? 0, -ratePerNs * ((doneNs[at] ?? 0) - originNs));
      return tree.best + ratePerNs * ((sentNs[at] ?? 0) - originNs);
    };
  }
}

/** The end that makes most of a stretch that begins at `fromNs`, and what the stretch holds. */
function stretchFrom(
  intervals: IntervalList,
  fromNs: number,
  ratePerNs: number,
): Omit<BucketExcess, 'excess'> {
  const ends = intervals.doneNs
    .subarray(0, intervals.count)
    .filter((_, at) => (intervals.sentNs[at] ?? 0) >= fromNs)
    .sort();
  let best = Number.NEGATIVE_INFINITY;
  let count = 0;
  for (const [at, end] of ends.entries()) {
    const value = at + 1 - ratePerNs * (end - fromNs);
    if (value <= best) continue;
    best = value;
    count = at + 1;
  }
  return { count, fromNs, toNs: ends[count - 1] ?? fromNs };
}

/** The place of each of the first `count` values in ascending order. */
function ranksOf(values: Float64Array, count: number): Uint32Array {
  const order = sortedOrder(values.subarray(0, count));
  const rank = new Uint32Array(count);
  for (let place = 0; place < count; place += 1) rank[order[place] ?? 0] = place;
  return rank;
}

/**
 * Leaves that are switched on one by one, each with a value. At the root: the largest, over the leaves
 * that are on, of the value plus the number of leaves that are on up to there.
 */
class PrefixTree {
  readonly capacity: number;
  readonly #on: Uint32Array;
  readonly #best: Float64Array;
  #leaves = 1;

  constructor(capacity: number) {
    this.capacity = capacity;
    let leaves = 1;
    while (leaves < capacity) leaves *= 2;
    this.#on = new Uint32Array(2 * leaves);
    this.#best = new Float64Array(2 * leaves);
  }

  clear(count: number): void {
    let leaves = 1;
    while (leaves < count) leaves *= 2;
    this.#leaves = leaves;
    this.#on.fill(0, 0, 2 * leaves);
    this.#best.fill(Number.NEGATIVE_INFINITY, 0, 2 * leaves);
  }

  add(leaf: number, value: number): void {
    const on = this.#on;
    const best = this.#best;
    let node = this.#leaves + leaf;
    on[node] = 1;
    best[node] = value + 1;
    for (node >>= 1; node >= 1; node >>= 1) {
      const left = 2 * node;
      const onLeft = on[left] ?? 0;
      on[node] = onLeft + (on[left + 1] ?? 0);
      best[node] = Math.max(best[left] ?? 0, onLeft + (best[left + 1] ?? 0));
    }
  }

  get best(): number {
    return this.#best[1] ?? 0;
  }
}

/**
 * C7, the other way round: how many tokens can have been missing from the bucket at an instant. All
 * that was sent by then took its token as late as it can have: when its answer came, or just now.
 *
 * Missing at t is the largest, over s ≤ t, of #{sent ≤ t, done ≥ s} − rate · (t − s), at least 0. Since
 * #{sent ≤ t, done ≥ s} = #{sent ≤ t} − #{done < s}, the part that depends on s only is a running
 * maximum: linear after sorting.
 */
export class BucketUse {
  readonly #terms: BucketTerms;
  readonly #intervals: IntervalList;
  /** The bucket may have been empty here; -Infinity: it was full at first. */
  readonly #unknownUntilNs: number;
  readonly #originNs: number;
  /** #{sent ≤ t}, #{done < t} and #{done ≤ t}. */
  #sent = 0;
  #gone = 0;
  #done = 0;
  /** #{done < s} for the end s that was looked at last. */
  #before = 0;
  #peak = Number.NEGATIVE_INFINITY;

  constructor(terms: BucketTerms, intervals: IntervalList, unknownUntilNs: number) {
    this.#terms = terms;
    this.#intervals = intervals;
    this.#unknownUntilNs = unknownUntilNs;
    this.#originNs = Math.min(
      intervals.count === 0 ? Number.POSITIVE_INFINITY : (intervals.sentNs[0] ?? 0),
      Number.isFinite(unknownUntilNs) ? unknownUntilNs : Number.POSITIVE_INFINITY,
    );
  }

  /** @param t not before that of the call before */
  usedAt(t: number): number {
    const { burst, ratePerNs, slackNs } = this.#terms;
    const { count, sentNs, ascendingDoneNs } = this.#intervals;
    while (this.#sent < count && (sentNs[this.#sent] ?? 0) <= t) this.#sent += 1;
    while (this.#gone < count && (ascendingDoneNs[this.#gone] ?? 0) < t) this.#gone += 1;
    while (this.#done < count && (ascendingDoneNs[this.#done] ?? 0) <= t) {
      const s = ascendingDoneNs[this.#done] ?? 0;
      if (this.#done === 0 || s > (ascendingDoneNs[this.#done - 1] ?? 0)) this.#before = this.#done;
      this.#peak = Math.max(this.#peak, ratePerNs * (s - this.#originNs) - this.#before);
      this.#done += 1;
    }
    const slack = ratePerNs * slackNs + roundingTokens;
    const refilled = ratePerNs * (t - this.#originNs);
    // Ends that fall on t itself count as open still.
    const open = this.#sent - this.#gone;
    let used = open > 0 ? open + slack : 0;
    if (this.#done > 0) used = Math.max(used, this.#sent - refilled + this.#peak + slack);
    if (Number.isFinite(this.#unknownUntilNs)) {
      const early = this.#sent + burst - ratePerNs * (t - this.#unknownUntilNs) + slack;
      used = Math.max(used, early);
    }
    return used;
  }
}
