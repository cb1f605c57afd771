/**
 * A binary min-heap of timed events over typed arrays: no object per event, so that a million
 * planned clicks cost 16 MB and not a garbage collection at the opening.
 */
export class EventQueue {
  #times: Float64Array;
  /** Order of insertion, so that equal times keep their order. */
  #serials: Float64Array;
  #payloads: Float64Array;
  #size = 0;
  #serial = 0;

  constructor(capacity = 1_024) {
    this.#times = new Float64Array(capacity);
    this.#serials = new Float64Array(capacity);
    this.#payloads = new Float64Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  /** When the earliest event is due; Infinity when there is none. */
  get nextAtNs(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : (this.#times[0] ?? 0);
  }

  /** The earliest event's payload. Call only when `size` is above 0. */
  get nextPayload(): number {
    return this.#payloads[0] ?? 0;
  }

  push(atNs: number, payload: number): void {
    if (this.#size === this.#times.length) this.#grow();
    this.#serial += 1;
    this.#siftUp(this.#size, atNs, this.#serial, payload);
    this.#size += 1;
  }

  /** Takes the earliest event's payload. Call only when `size` is above 0. */
  pop(): number {
    const top = this.#payloads[0] ?? 0;
    this.#size -= 1;
    const last = this.#size;
    if (last > 0) {
      this.#siftDown(this.#times[last] ?? 0, this.#serials[last] ?? 0, this.#payloads[last] ?? 0);
    }
    return top;
  }

  #before(index: number, atNs: number, serial: number): boolean {
    const other = this.#times[index] ?? 0;
    return other < atNs || (other === atNs && (this.#serials[index] ?? 0) < serial);
  }

  #siftUp(start: number, atNs: number, serial: number, payload: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#before(parent, atNs, serial)) break;
      this.#move(parent, index);
      index = parent;
    }
    this.#set(index, atNs, serial, payload);
  }

  #siftDown(atNs: number, serial: number, payload: number): void {
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= this.#size) break;
      const right = child + 1;
      if (
        right < this.#size &&
        this.#before(right, this.#times[child] ?? 0, this.#serials[child] ?? 0)
      ) {
        child = right;
      }
      if (!this.#before(child, atNs, serial)) break;
      this.#move(child, index);
      index = child;
    }
    this.#set(index, atNs, serial, payload);
  }

  #move(from: number, to: number): void {
    this.#set(to, this.#times[from] ?? 0, this.#serials[from] ?? 0, this.#payloads[from] ?? 0);
  }

  #set(index: number, atNs: number, serial: number, payload: number): void {
    this.#times[index] = atNs;
    this.#serials[index] = serial;
    this.#payloads[index] = payload;
  }

  #grow(): void {
    const widen = (column: Float64Array): Float64Array => {
      const wider = new Float64Array(column.length * 2);
      wider.set(column);
      return wider;
    };
    this.#times = widen(this.#times);
    this.#serials = widen(this.#serials);
    this.#payloads = widen(this.#payloads);
  }
}
