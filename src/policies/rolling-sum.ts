import { assert } from '../core/assert.ts';

/**
 * A sum over the last while: time is cut into slices, and a slice is forgotten as a whole once it is
 * older than the window. What is summed up is thus between `windowMs − windowMs/slices` and `windowMs`
 * old at most. Time is passed in and may not matter when it steps back: what comes late counts now.
 */
export class RollingSum {
  readonly #sliceMs: number;
  readonly #sums: Float64Array;
  #total = 0;
  /** Number of the newest slice, counted from time 0. */
  #newest = Number.NEGATIVE_INFINITY;

  /**
   * @param windowMs length of the window, above 0
   * @param slices how finely it moves on, at least 1
   */
  constructor(windowMs: number, slices: number) {
    assert(windowMs > 0 && slices >= 1, 'a window has a length and slices');
    this.#sliceMs = windowMs / slices;
    this.#sums = new Float64Array(slices);
  }

  /** Adds at an instant. */
  add(nowMs: number, amount: number): void {
    this.#moveTo(nowMs);
    const at = this.#place(this.#newest);
    this.#sums[at] = (this.#sums[at] ?? 0) + amount;
    this.#total += amount;
  }

  /** What was added within the window that ends at an instant. */
  sum(nowMs: number): number {
    this.#moveTo(nowMs);
    return this.#total;
  }

  #moveTo(nowMs: number): void {
    const slice = Math.floor(nowMs / this.#sliceMs);
    if (slice <= this.#newest) return;
    const passed = Math.min(slice - this.#newest, this.#sums.length);
    for (let step = 0; step < passed; step += 1) this.#sums[this.#place(slice - step)] = 0;
    this.#newest = slice;
    // Summed up anew, and not by what went out: rounding errors must not add up over a long run.
    this.#total = this.#sums.reduce((total, sum) => total + sum, 0);
  }

  #place(slice: number): number {
    const { length } = this.#sums;
    return ((slice % length) + length) % length;
  }
}
