import { sleep, wallClockMs } from '../../core/clock.ts';
import { Problem } from './problems.ts';

/**
 * Counts the requests being worked on, refuses what is too many, and makes all of them slow when a
 * fault says so. Work counts until it is done, even when the client has gone: its effect may still
 * be to come.
 */
export class WorkGauge {
  readonly #max: number;
  #inFlight = 0;
  #delayMs = 0;
  #slowUntilMs = 0;

  /** @param max requests at the same time; more are answered 503 `overloaded` */
  constructor(max: number) {
    this.#max = max;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Delays each request that begins within `durationMs` from now by `delayMs`. */
  slowDown(delayMs: number, durationMs: number): void {
    this.#delayMs = delayMs;
    this.#slowUntilMs = wallClockMs() + durationMs;
  }

  /** Runs `work` as one request. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inFlight >= this.#max) throw new Problem('overloaded', { retryAfterMs: 1000 });
    this.#inFlight += 1;
    try {
      if (this.#delayMs > 0 && wallClockMs() < this.#slowUntilMs) await sleep(this.#delayMs);
      return await work();
    } finally {
      this.#inFlight -= 1;
    }
  }
}
