import { nsPerUs } from '../core/clock.ts';
import { type Attempt, probeAttempt } from '../history/attempt.ts';
import type { AttemptStore } from '../history/store.ts';
import { LatencyHistogram, type SerialisedHistogram } from '../metrics/histogram.ts';

/** What one load-generating process knows while the sale runs, of what a threshold can end the run by. */
export interface LiveFigures {
  readonly attempts: number;
  readonly firstAttempts: number;
  readonly timeouts: number;
  readonly rateLimited: number;
  /** Units of acknowledged orders, by the product's index. */
  readonly acknowledged: Readonly<Record<number, number>>;
  /** Latencies of orders, from when they were due and from when they were sent. */
  readonly response: SerialisedHistogram;
  readonly service: SerialisedHistogram;
}

/** Counts what the results count, attempt by attempt, on the way to the store. */
export class LiveCounter {
  readonly #attempts: Pick<AttemptStore, 'append'>;
  readonly #response = new LatencyHistogram();
  readonly #service = new LatencyHistogram();
  readonly #acknowledged: Record<number, number> = {};
  readonly #counts = { attempts: 0, firstAttempts: 0, timeouts: 0, rateLimited: 0 };

  constructor(attempts: Pick<AttemptStore, 'append'>) {
    this.#attempts = attempts;
  }

  append(attempt: Attempt): void {
    this.#attempts.append(attempt);
    if (attempt.attempt === probeAttempt) return;
    const { code, status, scheduledNs, sentNs, doneNs } = attempt;
    if (code === 'limited') this.#counts.rateLimited += 1;
    // What the client held back was never sent, and is no attempt.
    if (attempt.operation !== 'order' || Number.isNaN(sentNs)) return;
    this.#counts.attempts += 1;
    if (attempt.attempt === 1) this.#counts.firstAttempts += 1;
    if (code === 'timeout') this.#counts.timeouts += 1;
    if (status === 0 && code !== 'timeout') return;
    this.#response.record((doneNs - scheduledNs) / nsPerUs);
    this.#service.record((doneNs - sentNs) / nsPerUs);
  }

  /** An order was acknowledged, for the first time. */
  acknowledge(product: number, quantity: number): void {
    this.#acknowledged[product] = (this.#acknowledged[product] ?? 0) + quantity;
  }

  figures(): LiveFigures {
    return {
      ...this.#counts,
      acknowledged: { ...this.#acknowledged },
      response: this.#response.serialise(),
      service: this.#service.serialise(),
    };
  }
}
