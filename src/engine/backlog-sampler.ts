import { type NowNs, sleep } from '../core/clock.ts';
import type { BacklogRecord } from '../history/run-record.ts';
import type { Target } from '../targets/target.ts';

const everyMs = 500;
/** Half a day at two a second: far beyond what a run may last. */
const samplesMax = 86_400;

/**
 * Asks the target now and then how many requests it is working on: what a client cannot see is what
 * tells a server that recovers from one that does not. Never more than one question is under way, so
 * that a server in need is not asked more.
 */
export class BacklogSampler {
  readonly samples: BacklogRecord[] = [];
  readonly #target: Pick<Target, 'inFlight'>;
  readonly #now: NowNs;
  readonly #over = new AbortController();

  constructor(target: Pick<Target, 'inFlight'>, now: NowNs) {
    this.#target = target;
    this.#now = now;
  }

  start(): void {
    void this.#sample();
  }

  stop(): void {
    this.#over.abort();
  }

  async #sample(): Promise<void> {
    while (!this.#isOver() && this.samples.length < samplesMax) {
      const askedNs = this.#now();
      const requests = await this.#target.inFlight().catch(() => undefined);
      // The answer is of some time in between.
      const atNs = (askedNs + this.#now()) / 2;
      if (requests !== undefined && !this.#isOver()) this.samples.push({ atNs, requests });
      await sleep(everyMs, this.#over.signal);
    }
  }

  #isOver(): boolean {
    return this.#over.signal.aborted;
  }
}
