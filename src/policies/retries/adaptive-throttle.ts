import type { Rng } from '../../core/rng.ts';
import { RollingSum } from '../rolling-sum.ts';

/** Client-side adaptive throttling. */
export interface AdaptiveThrottleOptions {
  /** K: requests that a client may send for each that the server takes; at least 1. */
  readonly multiplier: number;
  /** How far back it counts, in milliseconds. */
  readonly windowMs: number;
}

/** The window moves on by this part of itself: a second, with the usual two minutes. */
const slices = 120;

/**
 * Holds requests back at the client once the server takes too few of them: with the probability
 * max(0, (requests − K · accepts) / (requests + 1)), counted over the last window (Google, "Site
 * Reliability Engineering", chapter 21, "Client-Side Throttling"). A request counts before it is sent,
 * also when it is then held back; else the throttle would never see a server that answers nothing.
 * Time and chance are passed in.
 */
export class AdaptiveThrottle {
  readonly #multiplier: number;
  readonly #requests: RollingSum;
  readonly #accepts: RollingSum;

  constructor({ multiplier, windowMs }: AdaptiveThrottleOptions) {
    this.#multiplier = multiplier;
    this.#requests = new RollingSum(windowMs, slices);
    this.#accepts = new RollingSum(windowMs, slices);
  }

  /** Probability from 0 to 1 that a request is held back now. */
  rejectionProbability(nowMs: number): number {
    const requests = this.#requests.sum(nowMs);
    const accepts = this.#accepts.sum(nowMs);
    return Math.max(0, (requests - this.#multiplier * accepts) / (requests + 1));
  }

  /** Whether a request may be sent. Counts it either way. */
  admit(nowMs: number, rng: Rng): boolean {
    const held = rng.next() < this.rejectionProbability(nowMs);
    this.#requests.add(nowMs, 1);
    return !held;
  }

  /** The server took a request, be it to refuse the purchase; not: it was limited or overloaded. */
  accepted(nowMs: number): void {
    this.#accepts.add(nowMs, 1);
  }
}
