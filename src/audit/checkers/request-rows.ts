import { ascendingOrder } from '../../history/time-order.ts';

/** Requests by key; those of one key by the time they were sent. */
export interface GroupedRows {
  /** Where the requests of each key begin; one more than there are keys. */
  readonly starts: Uint32Array;
  readonly sentNs: Float64Array;
  readonly doneNs: Float64Array;
  /** Indices into the attempts of the run. */
  readonly index: Uint32Array;
  readonly tag: Uint16Array;
}

/** Numbers a row: key, sent, done, and index with tag. What is moved together lies together. */
const width = 4;
const tags = 65_536;

/** Most bits of the key that rows are sorted by at a time: as many places to write to as caches take. */
const digitBitsMax = 9;

/**
 * Collects requests and groups them by key, by a stable radix sort of the rows themselves: few passes
 * in sequence are several times as quick as looking rows up all over the memory. Linear in the
 * requests.
 */
export class RequestRows {
  #rows: Float64Array;
  #count = 0;
  #largestKey = 0;
  #inOrder = true;

  /** @param capacity requests that may be added */
  constructor(capacity: number) {
    this.#rows = new Float64Array(capacity * width);
  }

  /**
   * @param key a non-negative integer below 2^53
   * @param sentNs finite
   * @param tag 0 to 65,535
   */
  add(key: number, sentNs: number, doneNs: number, index: number, tag: number): void {
    const at = this.#count * width;
    if (at > 0 && sentNs < (this.#rows[at - width + 1] ?? 0)) this.#inOrder = false;
    if (key > this.#largestKey) this.#largestKey = key;
    this.#rows[at] = key;
    this.#rows[at + 1] = sentNs;
    this.#rows[at + 2] = doneNs;
    this.#rows[at + 3] = index * tags + tag;
    this.#count += 1;
  }

  /** To be called once. */
  grouped(): GroupedRows {
    const count = this.#count;
    if (!this.#inOrder) this.#sortByTime();
    this.#sortByKey();
    const rows = this.#rows;
    const starts = new Uint32Array(count + 1);
    const sentNs = new Float64Array(count);
    const doneNs = new Float64Array(count);
    const index = new Uint32Array(count);
    const tag = new Uint16Array(count);
    let groups = 0;
    let lastKey = Number.NaN;
    for (let place = 0; place < count; place += 1) {
      const at = place * width;
      const key = rows[at] ?? 0;
      if (key !== lastKey) {
        lastKey = key;
        starts[groups] = place;
        groups += 1;
      }
      sentNs[place] = rows[at + 1] ?? 0;
      doneNs[place] = rows[at + 2] ?? 0;
      const indexAndTag = rows[at + 3] ?? 0;
      const indexOnly = Math.floor(indexAndTag / tags);
      index[place] = indexOnly;
      tag[place] = indexAndTag - indexOnly * tags;
    }
    starts[groups] = count;
    return { starts: starts.slice(0, groups + 1), sentNs, doneNs, index, tag };
  }

  #sortByKey(): void {
    const bits = Math.ceil(Math.log2(this.#largestKey + 1));
    const passes = Math.ceil(bits / digitBitsMax);
    const digits = 2 ** Math.ceil(bits / Math.max(1, passes));
    let other: Float64Array = new Float64Array(passes === 0 ? 0 : this.#rows.length);
    for (let pass = 0; pass < passes; pass += 1) {
      this.#sortByDigit(digits ** pass, digits, other);
      [this.#rows, other] = [other, this.#rows];
    }
  }

  /**
   * @param unit what a step of the digit is worth
   * @param digits how many values it has: a power of two
   */
  #sortByDigit(unit: number, digits: number, sorted: Float64Array): void {
    const count = this.#count;
    const rows = this.#rows;
    const next = new Uint32Array(digits);
    for (let row = 0; row < count; row += 1) {
      const digit = Math.floor((rows[row * width] ?? 0) / unit) & (digits - 1);
      next[digit] = (next[digit] ?? 0) + 1;
    }
    let before = 0;
    for (let digit = 0; digit < digits; digit += 1) {
      const size = next[digit] ?? 0;
      next[digit] = before;
      before += size;
    }
    for (let row = 0; row < count; row += 1) {
      const from = row * width;
      const key = rows[from] ?? 0;
      const digit = Math.floor(key / unit) & (digits - 1);
      const place = next[digit] ?? 0;
      next[digit] = place + 1;
      const to = place * width;
      sorted[to] = key;
      sorted[to + 1] = rows[from + 1] ?? 0;
      sorted[to + 2] = rows[from + 2] ?? 0;
      sorted[to + 3] = rows[from + 3] ?? 0;
    }
  }

  #sortByTime(): void {
    const rows = this.#rows;
    const sentNs = new Float64Array(this.#count);
    for (let row = 0; row < this.#count; row += 1) sentNs[row] = rows[row * width + 1] ?? 0;
    const sorted = new Float64Array(this.#count * width);
    let to = 0;
    for (const row of ascendingOrder(sentNs)) {
      for (let field = 0; field < width; field += 1) {
        sorted[to] = rows[row * width + field] ?? 0;
        to += 1;
      }
    }
    this.#rows = sorted;
  }
}
