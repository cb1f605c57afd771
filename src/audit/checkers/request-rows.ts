import { sortedOrder } from './instants.ts';

/** Where the fields of a request stand, counted in elements of their type from where it begins. */
const float64s = { sentNs: 0, doneNs: 1, count: 3 } as const;
const uint32s = { index: 4, tag: 5, count: 6 } as const;

/**
 * Requests by key; those of one key by the time they were sent. They are put in their places in the
 * order of the record, one here and one there: all of one request lies together, so that each place
 * is fetched once.
 */
export class GroupedRows {
  /** Where the requests of each key begin, and where those of the last one end. */
  readonly starts: Uint32Array;
  readonly #float64: Float64Array;
  readonly #uint32: Uint32Array;

  /** @param starts see {@link GroupedRows.starts} */
  constructor(starts: Uint32Array) {
    this.starts = starts;
    const rows = starts.at(-1) ?? 0;
    this.#float64 = new Float64Array(rows * float64s.count);
    this.#uint32 = new Uint32Array(this.#float64.buffer);
  }

  /** Always finite. */
  sentNsAt(row: number): number {
    return this.#float64[row * float64s.count + float64s.sentNs] ?? Number.NaN;
  }

  doneNsAt(row: number): number {
    return this.#float64[row * float64s.count + float64s.doneNs] ?? Number.NaN;
  }

  /** Index into the attempts of the run. */
  indexAt(row: number): number {
    return this.#uint32[row * uint32s.count + uint32s.index] ?? 0;
  }

  tagAt(row: number): number {
    return this.#uint32[row * uint32s.count + uint32s.tag] ?? 0;
  }

  set(row: number, sentNs: number, doneNs: number, index: number, tag: number): void {
    this.#float64[row * float64s.count + float64s.sentNs] = sentNs;
    this.#float64[row * float64s.count + float64s.doneNs] = doneNs;
    this.#uint32[row * uint32s.count + uint32s.index] = index;
    this.#uint32[row * uint32s.count + uint32s.tag] = tag;
  }
}

/**
 * Groups requests by key, by a counting sort: how many there are of each key has to be known before,
 * and each goes to its place at once. Linear, but for the keys of a history that is not in time order.
 */
export class RequestRows {
  readonly #rows: GroupedRows;
  /** Where the next request of each key goes. */
  readonly #next: Uint32Array;
  #lastSentNs = Number.NEGATIVE_INFINITY;
  #inOrder = true;

  /**
   * @param keys keys are 0 to below this
   * @param sizeOf how many requests of a key will be added
   */
  constructor(keys: number, sizeOf: (key: number) => number) {
    const starts = new Uint32Array(keys + 1);
    for (let key = 0; key < keys; key += 1) starts[key + 1] = (starts[key] ?? 0) + sizeOf(key);
    this.#next = starts.slice(0, keys);
    this.#rows = new GroupedRows(starts);
  }

  /**
   * @param sentNs finite
   * @param tag 0 to 2^32 - 1
   */
  add(key: number, sentNs: number, doneNs: number, index: number, tag: number): void {
    if (sentNs < this.#lastSentNs) this.#inOrder = false;
    this.#lastSentNs = sentNs;
    const row = this.#next[key] ?? 0;
    this.#next[key] = row + 1;
    this.#rows.set(row, sentNs, doneNs, index, tag);
  }

  /** To be called when all have been added. */
  grouped(): GroupedRows {
    return this.#inOrder ? this.#rows : sortedByTime(this.#rows);
  }
}

function sortedByTime(rows: GroupedRows): GroupedRows {
  const { starts } = rows;
  const sorted = new GroupedRows(starts);
  for (let key = 0; key + 1 < starts.length; key += 1) {
    const [first, end] = [starts[key] ?? 0, starts[key + 1] ?? 0];
    const sentNs = Float64Array.from({ length: end - first }, (_, at) => rows.sentNsAt(first + at));
    for (const [place, at] of sortedOrder(sentNs).entries()) {
      const row = first + at;
      const [doneNs, index, tag] = [rows.doneNsAt(row), rows.indexAt(row), rows.tagAt(row)];
      sorted.set(first + place, sentNs[at] ?? 0, doneNs, index, tag);
    }
  }
  return sorted;
}
