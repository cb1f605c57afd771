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

/** Least and most bits of the key that are sorted by at a time. */
const digitBits = { min: 8, max: 22 } as const;

/** As many requests, by column. */
class Columns {
  readonly keys: Float64Array;
  readonly sentNs: Float64Array;
  readonly doneNs: Float64Array;
  readonly index: Uint32Array;
  readonly tag: Uint16Array;

  constructor(length: number) {
    this.keys = new Float64Array(length);
    this.sentNs = new Float64Array(length);
    this.doneNs = new Float64Array(length);
    this.index = new Uint32Array(length);
    this.tag = new Uint16Array(length);
  }

  set(row: number, key: number, sentNs: number, doneNs: number, index: number, tag: number): void {
    this.keys[row] = key;
    this.sentNs[row] = sentNs;
    this.doneNs[row] = doneNs;
    this.index[row] = index;
    this.tag[row] = tag;
  }

  /** Takes over a row of other columns. */
  copy(row: number, other: Columns, from: number): void {
    this.set(
      row,
      other.keys[from] ?? 0,
      other.sentNs[from] ?? 0,
      other.doneNs[from] ?? 0,
      other.index[from] ?? 0,
      other.tag[from] ?? 0,
    );
  }
}

/**
 * Collects requests and groups them by key, by a stable counting sort: one pass over them where keys
 * are about as dense as requests, a few where they are far apart. Linear in the requests.
 */
export class RequestRows {
  #columns: Columns;
  #count = 0;
  #largestKey = 0;
  #inOrder = true;

  /** @param capacity requests that may be added */
  constructor(capacity: number) {
    this.#columns = new Columns(capacity);
  }

  /**
   * @param key a non-negative integer below 2^53
   * @param sentNs finite
   * @param tag 0 to 65,535
   */
  add(key: number, sentNs: number, doneNs: number, index: number, tag: number): void {
    const row = this.#count;
    if (row > 0 && sentNs < (this.#columns.sentNs[row - 1] ?? 0)) this.#inOrder = false;
    if (key > this.#largestKey) this.#largestKey = key;
    this.#columns.set(row, key, sentNs, doneNs, index, tag);
    this.#count += 1;
  }

  /** The requests by key, the smallest first. To be called once. */
  grouped(): GroupedRows {
    if (!this.#inOrder) this.#sortByTime();
    const bits = Math.ceil(Math.log2(this.#largestKey + 1));
    // A table of some places for each request costs no more than the requests do.
    const bitsMax = Math.ceil(Math.log2(this.#count + 1)) + 2;
    const bitsAtOnce = Math.min(Math.max(bitsMax, digitBits.min), digitBits.max);
    const passes = Math.max(1, Math.ceil(bits / bitsAtOnce));
    const digits = 2 ** Math.ceil(bits / passes);
    for (let pass = 0; pass < passes; pass += 1) this.#sortByDigit(digits ** pass, digits);
    const { keys, sentNs, doneNs, index, tag } = this.#columns;
    return { starts: startsOf(keys), sentNs, doneNs, index, tag };
  }

  /**
   * @param unit what a step of the digit is worth
   * @param digits how many values it has: a power of two
   */
  #sortByDigit(unit: number, digits: number): void {
    const count = this.#count;
    const columns = this.#columns;
    const { keys } = columns;
    const next = new Uint32Array(digits);
    for (let row = 0; row < count; row += 1) {
      const digit = Math.floor((keys[row] ?? 0) / unit) & (digits - 1);
      next[digit] = (next[digit] ?? 0) + 1;
    }
    let before = 0;
    for (let digit = 0; digit < digits; digit += 1) {
      const size = next[digit] ?? 0;
      next[digit] = before;
      before += size;
    }
    const sorted = new Columns(count);
    for (let row = 0; row < count; row += 1) {
      const digit = Math.floor((keys[row] ?? 0) / unit) & (digits - 1);
      const place = next[digit] ?? 0;
      next[digit] = place + 1;
      sorted.copy(place, columns, row);
    }
    this.#columns = sorted;
  }

  #sortByTime(): void {
    const order = ascendingOrder(this.#columns.sentNs.subarray(0, this.#count));
    const sorted = new Columns(this.#count);
    order.forEach((from, row) => {
      sorted.copy(row, this.#columns, from);
    });
    this.#columns = sorted;
  }
}

/** Where each key's rows begin, of rows by key, and where the last ones end. */
function startsOf(keys: Float64Array): Uint32Array {
  const starts = new Uint32Array(keys.length + 1);
  let groups = 0;
  let lastKey = Number.NaN;
  for (let row = 0; row < keys.length; row += 1) {
    const key = keys[row] ?? 0;
    if (key === lastKey) continue;
    lastKey = key;
    starts[groups] = row;
    groups += 1;
  }
  starts[groups] = keys.length;
  return starts.slice(0, groups + 1);
}
