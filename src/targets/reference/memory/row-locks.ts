/** Locks of rows by name, first come first served, each kept until its holder lets go of all it has. */
export class RowLocks {
  /** Who holds a row, and who waits for it: an entry of the map is there while somebody does. */
  readonly #rows = new Map<string, { holder: object; readonly waiting: Waiter[] }>();

  /** Resolves once `holder` has the row; at once when it has it already. */
  async acquire(row: string, holder: object): Promise<void> {
    const state = this.#rows.get(row);
    if (state === undefined) {
      this.#rows.set(row, { holder, waiting: [] });
      return;
    }
    if (state.holder === holder) return;
    // No deadlock: every holder takes its rows in the order key, quota, stock, one of each.
    await new Promise<void>((resolve) => state.waiting.push({ holder, resolve }));
  }

  /** Lets go of the rows; each goes to whoever waits longest. */
  release(rows: Iterable<string>): void {
    for (const row of rows) {
      const state = this.#rows.get(row);
      const next = state?.waiting.shift();
      if (state === undefined || next === undefined) {
        this.#rows.delete(row);
        continue;
      }
      state.holder = next.holder;
      next.resolve();
    }
  }
}

interface Waiter {
  readonly holder: object;
  readonly resolve: () => void;
}
