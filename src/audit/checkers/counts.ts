/** More people, each with some devices, than any run has. Bounds the memory that a damaged record can ask for. */
const keysMax = 2 ** 26;
const firstCapacity = 1024;

/** How many there are of each key, where keys are non-negative integers with few gaps. */
export class Counts {
  #values = new Uint32Array(firstCapacity);
  #length = 0;

  /** One more than the largest key that was counted. */
  get length(): number {
    return this.#length;
  }

  /** 0 for a key that was never counted. */
  of(key: number): number {
    return this.#values[key] ?? 0;
  }

  /** @throws RangeError for a key that no record can have */
  add(key: number): void {
    if (key >= this.#length) this.#include(key);
    this.#values[key] = (this.#values[key] ?? 0) + 1;
  }

  /** Raises the count to `value`. */
  raise(key: number, value: number): void {
    if (key >= this.#length) this.#include(key);
    if (value > (this.#values[key] ?? 0)) this.#values[key] = value;
  }

  #include(key: number): void {
    if (key >= keysMax) throw new RangeError(`person or device number ${key} is out of range`);
    this.#length = key + 1;
    if (key < this.#values.length) return;
    const larger = new Uint32Array(Math.min(keysMax, 2 * key + 1));
    larger.set(this.#values);
    this.#values = larger;
  }
}
