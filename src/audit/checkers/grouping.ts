/** Below this, insertion beats the library's sort, which has to be called with a view of its own. */
const insertionMax = 48;

/** Puts the first `count` of `values` in ascending order. */
function sortFirst(values: Float64Array, count: number): void {
  if (count > insertionMax) {
    values.subarray(0, count).sort();
    return;
  }
  for (let place = 1; place < count; place += 1) {
    const value = values[place] ?? 0;
    let hole = place;
    while (hole > 0 && (values[hole - 1] ?? 0) > value) {
      values[hole] = values[hole - 1] ?? 0;
      hole -= 1;
    }
    values[hole] = value;
  }
}

/** Intervals of requests, at first in the order of `sentNs`. Reused from key to key. */
export class IntervalList {
  count = 0;
  sentNs: Float64Array;
  /** In the order of `sentNs`; Infinity where nobody knows. */
  doneNs: Float64Array;
  /** `doneNs` in ascending order, after {@link IntervalList.seal}. */
  ascendingDoneNs: Float64Array;

  /** @param capacity intervals that it can hold */
  constructor(capacity: number) {
    this.sentNs = new Float64Array(capacity);
    this.doneNs = new Float64Array(capacity);
    this.ascendingDoneNs = new Float64Array(capacity);
  }

  clear(): void {
    this.count = 0;
  }

  /** @param sentNs not before that of the interval added last */
  add(sentNs: number, doneNs: number): void {
    this.sentNs[this.count] = sentNs;
    this.doneNs[this.count] = doneNs;
    this.ascendingDoneNs[this.count] = doneNs;
    this.count += 1;
  }

  /** To be called when all have been added. */
  seal(): this {
    sortFirst(this.ascendingDoneNs, this.count);
    return this;
  }
}
