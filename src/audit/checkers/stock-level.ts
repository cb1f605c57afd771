import { countBelow, countUpTo, sortedOrder } from './instants.ts';

/** Changes of a level: by `units[i]` at `atNs[i]`; at Infinity: never. In any order. */
interface LevelChanges {
  readonly atNs: Float64Array;
  readonly units: Float64Array;
}

/**
 * A level over time, which can be asked for its least value over an interval. What makes it fall counts
 * from its very instant on, what makes it rise only after its instant: equal stamps do not tell what
 * came first, so that the least is sound. O(n log n) to make, O(log n) to ask.
 */
export class StockLevel {
  readonly #fallsNs: Float64Array;
  readonly #risesNs: Float64Array;
  /** A tree of minima: leaf `size + k` is the level after k changes, node i the least of 2i and 2i + 1. */
  readonly #tree: Float64Array;
  readonly #size: number;
  /** The greatest value at any time. */
  readonly greatest: number;

  constructor(initial: number, falls: LevelChanges, rises: LevelChanges) {
    const fall = inOrder(falls);
    const rise = inOrder(rises);
    this.#fallsNs = fall.atNs;
    this.#risesNs = rise.atNs;
    this.#size = fall.atNs.length + rise.atNs.length + 1;
    this.#tree = new Float64Array(this.#size * 2);
    this.greatest = this.#fill(initial, fall.units, rise.units);
    for (let node = this.#size - 1; node > 0; node -= 1) {
      this.#tree[node] = Math.min(this.#node(node * 2), this.#node(node * 2 + 1));
    }
  }

  /** The least value at an instant of [fromNs, toNs], both included. */
  least(fromNs: number, toNs: number): number {
    let left = this.#size + this.#changesBy(fromNs);
    let right = this.#size + this.#changesBy(Math.max(fromNs, toNs)) + 1;
    let least = Number.POSITIVE_INFINITY;
    while (left < right) {
      if (left % 2 === 1) {
        least = Math.min(least, this.#node(left));
        left += 1;
      }
      if (right % 2 === 1) {
        right -= 1;
        least = Math.min(least, this.#node(right));
      }
      left /= 2;
      right /= 2;
    }
    return least;
  }

  #node(index: number): number {
    return this.#tree[index] ?? Number.POSITIVE_INFINITY;
  }

  /** Changes that are in effect at an instant. */
  #changesBy(atNs: number): number {
    return countUpTo(this.#fallsNs, atNs) + countBelow(this.#risesNs, atNs);
  }

  /** Merges both kinds of changes by time, falls first, and writes the level after each. */
  #fill(initial: number, fallUnits: Float64Array, riseUnits: Float64Array): number {
    let level = initial;
    let greatest = initial;
    let fall = 0;
    let rise = 0;
    this.#tree[this.#size] = initial;
    for (let change = 1; change < this.#size; change += 1) {
      const fallNs = this.#fallsNs[fall] ?? Number.POSITIVE_INFINITY;
      const riseNs = this.#risesNs[rise] ?? Number.POSITIVE_INFINITY;
      if (fallNs <= riseNs) {
        level -= fallUnits[fall] ?? 0;
        fall += 1;
      } else {
        level += riseUnits[rise] ?? 0;
        rise += 1;
      }
      this.#tree[this.#size + change] = level;
      if (level > greatest) greatest = level;
    }
    return greatest;
  }
}

/** The changes that ever come, by time. */
function inOrder({ atNs, units }: LevelChanges): LevelChanges {
  const order = sortedOrder(atNs).filter(
    (index) => (atNs[index] ?? Number.POSITIVE_INFINITY) < Number.POSITIVE_INFINITY,
  );
  return {
    atNs: Float64Array.from(order, (index) => atNs[index] ?? 0),
    units: Float64Array.from(order, (index) => units[index] ?? 0),
  };
}
