/**
 * Places in an order's way at which a scenario can kill or pause the server process, named as in
 * fail-point libraries (FreeBSD fail(9), TiKV fail-rs): the moments at which a crash costs something.
 */
export const failpointNames = [
  /** The units are off the stock, and nothing else is certain. */
  'after-decrement',
  /** All of the order is written and not committed. */
  'before-commit',
  /** The order is committed, and its buyer does not know. */
  'after-commit-before-reply',
  /** The lock that keeps others out is held, and nothing is done yet. */
  'holding-lock',
] as const;

export type FailpointName = (typeof failpointNames)[number];

/** Where the code says that it has come to a failpoint. */
export interface Failpoints {
  /** Returns at once, or after a pause, or never: as the scenario wants it. */
  reach(name: FailpointName): Promise<void>;
}

/** Nothing ever happens. */
export const noFailpoints: Failpoints = { reach: () => Promise.resolve() };

/**
 * Asks at armed failpoints whether to go on, and passes the others at once. An answer that never comes
 * is the end of the process, or a pause.
 */
export class AskingFailpoints implements Failpoints {
  readonly #ask: (id: number, name: FailpointName) => void;
  readonly #waiting = new Map<number, () => void>();
  #armed: ReadonlySet<FailpointName> = new Set();
  #lastId = 0;

  /** @param ask asks; the answer is to be given to {@link goOn} */
  constructor(ask: (id: number, name: FailpointName) => void) {
    this.#ask = ask;
  }

  /** From now on these are armed, and no others. */
  arm(names: readonly FailpointName[]): void {
    this.#armed = new Set(names);
  }

  goOn(id: number): void {
    const resume = this.#waiting.get(id);
    this.#waiting.delete(id);
    resume?.();
  }

  reach(name: FailpointName): Promise<void> {
    if (!this.#armed.has(name)) return Promise.resolve();
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#ask(id, name);
    });
  }
}
