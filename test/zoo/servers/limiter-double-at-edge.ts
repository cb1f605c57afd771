import { BaseServer } from '../base-server.ts';
import { limiting, twoPerWindow } from '../profiles.ts';
import { caughtBy, type Specimen } from '../specimen.ts';
import { Refusal } from '../wire.ts';

/** A window ends when so many requests have come: amid the crowd, in every run. */
const edgeAtRequest = 60;

class LimiterDoubleAtEdge extends BaseServer {
  readonly #counts = new Map<string, number>();
  #requests = 0;
  #windowBeganMs = 0;

  /** Counts in fixed windows, each beginning at nothing. */
  protected override admit(userId: string): void {
    const { rateLimit } = this.promises;
    if (rateLimit === undefined) return;
    const nowMs = performance.now();
    this.#requests += 1;
    const isOver = nowMs >= this.#windowBeganMs + rateLimit.windowMs;
    if (isOver || this.#requests === edgeAtRequest) {
      this.#windowBeganMs = nowMs;
      this.#counts.clear();
    }
    const count = this.#counts.get(userId) ?? 0;
    if (count >= rateLimit.limit) throw new Refusal('limited');
    this.#counts.set(userId, count + 1);
  }
}

export const limiterDoubleAtEdge: Specimen = {
  name: 'limiter-double-at-edge',
  story:
    'promises a sliding window, counts in fixed ones, and lets twice as many through at an edge',
  create: (promises) => new LimiterDoubleAtEdge(promises),
  promises: twoPerWindow,
  scenario: limiting,
  expected: caughtBy('overAdmission'),
};
