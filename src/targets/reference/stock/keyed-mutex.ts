/** Mutual exclusion per key within this process, first come first served. */
export class KeyedMutex {
  /** Settles when the last in line is done; absent when nobody holds the key. */
  readonly #tails = new Map<string, Promise<void>>();

  /** Runs `work` alone among all that were given the same key. Its failure frees the key. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key);
    const { promise: tail, resolve: release } = withResolvers();
    this.#tails.set(key, tail);
    await before;
    try {
      return await work();
    } finally {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
      release();
    }
  }
}

/** `Promise.withResolvers`, which Node 20 does not have. */
function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
