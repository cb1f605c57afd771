import type {
  CallOutcome,
  SlidingWindow,
  SlidingWindowEntry,
  WindowCounts,
} from './sliding-window.ts';

const failedBit = 1;
const slowBit = 2;

class CountBasedWindow implements SlidingWindow {
  readonly #ring: Uint8Array;
  #calls = 0;
  #failed = 0;
  #slow = 0;
  #next = 0;

  constructor(size: number) {
    this.#ring = new Uint8Array(size);
  }

  record({ failed, slow }: CallOutcome): WindowCounts {
    if (this.#calls === this.#ring.length) this.#count(this.#ring[this.#next] ?? 0, -1);
    const bits = (failed ? failedBit : 0) | (slow ? slowBit : 0);
    this.#ring[this.#next] = bits;
    this.#next = (this.#next + 1) % this.#ring.length;
    this.#count(bits, 1);
    return { calls: this.#calls, failed: this.#failed, slow: this.#slow };
  }

  #count(bits: number, change: 1 | -1): void {
    this.#calls += change;
    if ((bits & failedBit) !== 0) this.#failed += change;
    if ((bits & slowBit) !== 0) this.#slow += change;
  }
}

/** The last `size` calls, however long ago. A minimum above that would never be met: it is lowered. */
export const countBased: SlidingWindowEntry = {
  name: 'count-based',
  describe: 'the last calls by number',
  create: (size) => new CountBasedWindow(size),
  minimumCalls: (minimum, size) => Math.min(minimum, size),
};
