interface Event {
  readonly atMs: number;
  /** Events of one instant come in the order in which they were planned. */
  readonly number: number;
  readonly run: () => void;
}

/** A discrete-event simulator: virtual time jumps from event to event. Deterministic. */
export class Simulator {
  readonly #heap: Event[] = [];
  #nowMs = 0;
  #planned = 0;

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Plans an event so many milliseconds from now. */
  after(delayMs: number, run: () => void): void {
    this.#push({ atMs: this.#nowMs + delayMs, number: this.#planned, run });
    this.#planned += 1;
  }

  /** Runs what is due before `untilMs`, or until nothing is left. */
  run(untilMs = Number.POSITIVE_INFINITY): void {
    for (let next = this.#heap[0]; next !== undefined; next = this.#heap[0]) {
      if (next.atMs >= untilMs) break;
      this.#pop();
      this.#nowMs = next.atMs;
      next.run();
    }
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(event, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      const leftEvent = heap[left];
      if (leftEvent === undefined) break;
      const rightEvent = heap[right];
      const goRight = rightEvent !== undefined && isBefore(rightEvent, leftEvent);
      const child = goRight ? rightEvent : leftEvent;
      if (isBefore(last, child)) break;
      heap[at] = child;
      at = goRight ? right : left;
    }
    heap[at] = last;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.number < b.number);
}
