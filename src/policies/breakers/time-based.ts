import { RollingSum } from '../rolling-sum.ts';
import type {
  CallOutcome,
  SlidingWindow,
  SlidingWindowEntry,
  WindowCounts,
} from './sliding-window.ts';

class TimeBasedWindow implements SlidingWindow {
  readonly #calls: RollingSum;
  readonly #failed: RollingSum;
  readonly #slow: RollingSum;

  constructor(seconds: number) {
    const sums = (): RollingSum => new RollingSum(seconds * 1000, seconds);
    this.#calls = sums();
    this.#failed = sums();
    this.#slow = sums();
  }

  record({ failed, slow }: CallOutcome, nowMs: number): WindowCounts {
    this.#calls.add(nowMs, 1);
    if (failed) this.#failed.add(nowMs, 1);
    if (slow) this.#slow.add(nowMs, 1);
    return {
      calls: this.#calls.sum(nowMs),
      failed: this.#failed.sum(nowMs),
      slow: this.#slow.sum(nowMs),
    };
  }
}

/** The calls of the last `size` seconds, in buckets of a second. The minimum stands as it is. */
export const timeBased: SlidingWindowEntry = {
  name: 'time-based',
  describe: 'the calls of the last seconds',
  create: (size) => new TimeBasedWindow(size),
  minimumCalls: (minimum) => minimum,
};
