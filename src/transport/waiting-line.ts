/** What can stand in a {@link WaitingLine}. */
export interface InLine {
  /** The line's own: whether it stands there. */
  inLine: boolean;
}

/** Places of those who left that are kept at most, besides as many as are taken. */
const leftMax = 1_024;

/**
 * First come, first served; whoever stands in the line may leave it. An array, and not a `Set`: of that,
 * V8 would keep the tables of the past, and with them whoever stood in the line, until the next major
 * collection.
 */
export class WaitingLine<T extends InLine> {
  #places: (T | undefined)[] = [];
  /** Index of the first place; what is before it is done. */
  #first = 0;
  #size = 0;

  /** How many wait. */
  get size(): number {
    return this.#size;
  }

  /** Adds one that does not wait yet. */
  add(waiter: T): void {
    waiter.inLine = true;
    this.#places.push(waiter);
    this.#size += 1;
  }

  /** Takes one out; does nothing to one that does not wait. */
  delete(waiter: T): void {
    if (!waiter.inLine) return;
    waiter.inLine = false;
    this.#size -= 1;
    if (this.#places.length - this.#first > 2 * this.#size + leftMax) this.#closeRanks();
  }

  /** Takes out the one that has waited longest; undefined when nobody waits. */
  shift(): T | undefined {
    while (this.#first < this.#places.length) {
      const waiter = this.#places[this.#first];
      this.#places[this.#first] = undefined;
      this.#first += 1;
      if (this.#first > leftMax && this.#first > this.#places.length / 2) this.#closeRanks();
      if (waiter?.inLine !== true) continue;
      waiter.inLine = false;
      this.#size -= 1;
      return waiter;
    }
    return undefined;
  }

  #closeRanks(): void {
    this.#places = this.#places.slice(this.#first).filter((waiter) => waiter?.inLine === true);
    this.#first = 0;
  }
}
