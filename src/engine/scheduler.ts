import { type NowNs, nsPerMs } from '../core/clock.ts';
import { EventQueue } from './event-queue.ts';

/**
 * Wakes at due times and hands over every event that is due. Open model: what is due is sent,
 * whatever is still in flight (Schroeder et al., NSDI '06).
 *
 * Node's timers count whole milliseconds and are never early; in the last millisecond the loop turns
 * over `setImmediate` instead, so that an event is late by one turn of the loop, not by a tick.
 */
export class Scheduler {
  readonly #queue = new EventQueue();
  readonly #now: NowNs;
  readonly #handle: (payload: number, dueNs: number) => void;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #armedForNs = Number.POSITIVE_INFINITY;
  #running = false;

  constructor(now: NowNs, handle: (payload: number, dueNs: number) => void) {
    this.#now = now;
    this.#handle = handle;
  }

  get pending(): number {
    return this.#queue.size;
  }

  at(dueNs: number, payload: number): void {
    this.#queue.push(dueNs, payload);
    if (this.#running && dueNs < this.#armedForNs) this.#arm();
  }

  start(): void {
    this.#running = true;
    this.#arm();
  }

  /** Forgets every event. */
  stop(): void {
    this.#running = false;
    this.#disarm();
    while (this.#queue.size > 0) this.#queue.pop();
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#armedForNs = Number.POSITIVE_INFINITY;
  }

  #arm(): void {
    this.#disarm();
    const dueNs = this.#queue.nextAtNs;
    if (!this.#running || dueNs === Number.POSITIVE_INFINITY) return;
    this.#armedForNs = dueNs;
    const waitMs = (dueNs - this.#now()) / nsPerMs;
    if (waitMs > 1.5) {
      // A day at most: longer timers overflow Node's 31-bit milliseconds and fire at once.
      const timerMs = Math.min(Math.floor(waitMs - 1), 86_400_000);
      this.#timer = setTimeout(() => this.#arm(), timerMs);
    } else if (waitMs > 0) this.#immediate = setImmediate(() => this.#arm());
    else this.#immediate = setImmediate(() => this.#release());
  }

  #release(): void {
    let nowNs = this.#now();
    while (this.#running && this.#queue.nextAtNs <= nowNs) {
      const dueNs = this.#queue.nextAtNs;
      this.#handle(this.#queue.pop(), dueNs);
      if (this.#queue.nextAtNs > nowNs) nowNs = this.#now();
    }
    this.#arm();
  }
}
