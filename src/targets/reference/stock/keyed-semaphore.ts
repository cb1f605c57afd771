/** Lets a number of callers per key in at once, first come first served. */
export class KeyedSemaphore {
  readonly #permits: number;
  readonly #states = new Map<string, { inside: number; readonly waiting: (() => void)[] }>();

  /** @param permits callers inside at once, per key; 1 or more */
  constructor(permits: number) {
    this.#permits = permits;
  }

  /** Runs `work` with a permit of the key. Its failure gives the permit back. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const state = this.#states.get(key) ?? { inside: 0, waiting: [] };
    this.#states.set(key, state);
    if (state.inside < this.#permits) state.inside += 1;
    else await new Promise<void>((resolve) => state.waiting.push(resolve));
    try {
      return await work();
    } finally {
      // A permit that is handed on never counts as free in between.
      const next = state.waiting.shift();
      if (next !== undefined) next();
      else state.inside -= 1;
      if (state.inside === 0) this.#states.delete(key);
    }
  }
}
