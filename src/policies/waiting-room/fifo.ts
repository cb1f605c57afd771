import type { Line, QueueingMethod } from './line.ts';

/** Places that are given up wait until there are so many, and as many again behind them. */
const spentMax = 1_024;

/** First come, first served. */
export const fifo: QueueingMethod = {
  describe: 'In the order of arrival.',
  holdsBack: true,
  createLine: () => new FifoLine(),
};

/** Everybody has the number of their arrival. Leaving leaves a hole, so that nobody need move up. */
class FifoLine implements Line {
  #places: (string | undefined)[] = [];
  readonly #numberOf = new Map<string, number>();
  /** Number of the first place that is kept, and how many of those are over. */
  #base = 0;
  #spent = 0;

  get size(): number {
    return this.#numberOf.size;
  }

  join(id: string): void {
    if (this.#numberOf.has(id)) return;
    this.#numberOf.set(id, this.#base + this.#places.length);
    this.#places.push(id);
  }

  leave(id: string): void {
    const number = this.#numberOf.get(id);
    if (number === undefined) return;
    this.#numberOf.delete(id);
    this.#places[number - this.#base] = undefined;
    this.#skipHoles();
  }

  next(): string | undefined {
    const id = this.#places[this.#spent];
    if (id !== undefined) this.leave(id);
    return id;
  }

  ahead(id: string): number {
    const number = this.#numberOf.get(id);
    return number === undefined ? 0 : number - this.#base - this.#spent;
  }

  #skipHoles(): void {
    const { length } = this.#places;
    while (this.#spent < length && this.#places[this.#spent] === undefined) this.#spent += 1;
    if (this.#spent < spentMax || this.#spent * 2 < length) return;
    this.#places = this.#places.slice(this.#spent);
    this.#base += this.#spent;
    this.#spent = 0;
  }
}
