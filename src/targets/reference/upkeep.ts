import { sleep } from '../../core/clock.ts';

const intervalMs = 500;

/** Does a piece of work again and again until it is stopped. One that fails is done again. */
export class Upkeep {
  readonly #work: () => Promise<void>;
  readonly #stopped = new AbortController();
  #running: Promise<void> | undefined;

  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  /** May be called twice. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends after what is being done. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    for (;;) {
      await sleep(intervalMs, signal);
      if (signal.aborted) return;
      await this.#work().catch(() => undefined);
    }
  }
}
