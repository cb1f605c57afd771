/** Who came when to a waiting room, and when they were let in: columns of equal length, ns. */
export interface Turns {
  /** First request to be let in: sent and answered. */
  readonly cameSentNs: Float64Array;
  readonly cameDoneNs: Float64Array;
  /** The request that let them in: sent and answered. */
  readonly inSentNs: Float64Array;
  readonly inDoneNs: Float64Array;
}

/** Pairs of visitors of whom one certainly came before the other. */
export interface Overtaking {
  readonly pairs: number;
  /** Of those, the ones in which the later was let in first, for certain. */
  readonly overtaken: number;
}

/**
 * Counts the pairs that were let in against their order of arrival: Kendall's distance, over the pairs whose
 * order of arrival is certain. A visitor came before another when the first answer was complete before the
 * other's first request was sent; they were overtaken when the other's letting-in was answered before the
 * request was sent that let them in. O(n log n).
 *
 * Source: M. G. Kendall, A New Measure of Rank Correlation, Biometrika 30 (1938); order of service as
 * fairness: Avi-Itzhak and Levy, On Measuring Fairness in Queues, Adv. Appl. Prob. 36 (2004).
 */
export function countOvertaking(turns: Turns): Overtaking {
  const { cameSentNs, cameDoneNs, inSentNs, inDoneNs } = turns;
  const count = cameSentNs.length;
  const lastComers = descending(cameSentNs);
  const doneSorted = inDoneNs.toSorted();
  const letIn = new PrefixCounts(count);
  let [pairs, overtaken, added] = [0, 0, 0];
  for (const who of descending(cameDoneNs)) {
    // Everybody who came for certain after this one had been answered.
    for (; added < count; added += 1) {
      const later = lastComers[added] ?? 0;
      if (!((cameSentNs[later] ?? 0) > (cameDoneNs[who] ?? 0))) break;
      letIn.add(lowerBound(doneSorted, inDoneNs[later] ?? 0));
    }
    pairs += added;
    overtaken += letIn.below(lowerBound(doneSorted, inSentNs[who] ?? 0));
  }
  return { pairs, overtaken };
}

function descending(values: Float64Array): Uint32Array {
  const order = Uint32Array.from(values, (_, index) => index);
  return order.sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0));
}

/** How many of the ascending values are below this one. */
function lowerBound(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Counts by position, and their sums (Fenwick, A New Data Structure for Cumulative Frequency Tables, 1994). */
class PrefixCounts {
  readonly #sums: Uint32Array;

  constructor(size: number) {
    this.#sums = new Uint32Array(size + 1);
  }

  add(position: number): void {
    for (let at = position + 1; at < this.#sums.length; at += at & -at) {
      this.#sums[at] = (this.#sums[at] ?? 0) + 1;
    }
  }

  below(position: number): number {
    let sum = 0;
    for (let at = position; at > 0; at -= at & -at) sum += this.#sums[at] ?? 0;
    return sum;
  }
}
