import { type NowNs, nsPerMs } from '../core/clock.ts';
import { EventQueue } from './event-queue.ts';

/** Events at least this far apart are waited for exactly; closer ones go out with the next tick. */
const sparseNs = 2.5 * nsPerMs;
/** A timer fires this much late at times, so what is left after it is waited for in naps. */
const timerSlackMs = 0.25;
/** Longest nap: so late an answer may be noticed that comes meanwhile. */
const napMaxMs = 0.25;
/** The system wakes a sleeper this much late. What is left after a nap is spent turning the loop. */
const napSlackMs = 0.3;

/** Nobody ever writes here: to wait for it is to sleep, and more finely than timers can. */
const nobody = new Int32Array(new SharedArrayBuffer(4));

function sleep(ms: number): void {
  Atomics.wait(nobody, 0, 0, ms);
}

/**
 * Wakes at due times and hands over every event that is due. Open model: what is due is sent,
 * whatever is still in flight (Schroeder et al., NSDI '06).
 *
 * Node's timers count whole milliseconds. Events that are far apart are waited for in short naps
 * between the last timer and their time, so that they are late by some tens of µs. Where many are
 * due within a few milliseconds, each tick, and each answer ({@link poke}), hands over all that are
 * due by then: at most a millisecond late, and without a core that does nothing but look at the clock,
 * which the server may need.
 */
export class Scheduler {
  readonly #queue = new EventQueue();
  readonly #now: NowNs;
  readonly #handle: (payload: number, dueNs: number) => void;
  readonly #sleep: (ms: number) => void;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #armedForNs = Number.POSITIVE_INFINITY;
  /** When the timer or the immediate that is pending fires; Infinity when there is none. */
  #firesNs = Number.POSITIVE_INFINITY;
  #lastDueNs = Number.NEGATIVE_INFINITY;
  #running = false;

  /** @param nap blocks for about so many milliseconds, at most a quarter of one */
  constructor(
    now: NowNs,
    handle: (payload: number, dueNs: number) => void,
    nap: (ms: number) => void = sleep,
  ) {
    this.#now = now;
    this.#handle = handle;
    this.#sleep = nap;
  }

  get pending(): number {
    return this.#queue.size;
  }

  /** When the next event is due; Infinity when there is none. */
  get nextDueNs(): number {
    return this.#queue.nextAtNs;
  }

  at(dueNs: number, payload: number): void {
    this.#queue.push(dueNs, payload);
    if (this.#running && dueNs < this.#armedForNs) this.#arm();
  }

  start(): void {
    this.#running = true;
    this.#arm();
  }

  /** The loop is awake at `nowNs`, whatever for: hands over what is due by then. */
  poke(nowNs: number): void {
    if (this.#running && this.#queue.nextAtNs <= nowNs) this.#release();
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
    this.#firesNs = Number.POSITIVE_INFINITY;
    this.#armedForNs = Number.POSITIVE_INFINITY;
  }

  #arm(): void {
    const dueNs = this.#queue.nextAtNs;
    if (!this.#running || dueNs === Number.POSITIVE_INFINITY) {
      this.#disarm();
      return;
    }
    this.#armedForNs = dueNs;
    const nowNs = this.#now();
    const waitMs = (dueNs - nowNs) / nsPerMs;
    const isSparse = dueNs - this.#lastDueNs >= sparseNs;
    const timerMs = Math.floor(isSparse ? waitMs - timerSlackMs : Math.max(1, waitMs));
    if (waitMs <= 0) this.#atNextTurn(nowNs, () => this.#release());
    else if (timerMs < 1) this.#atNextTurn(nowNs, () => this.#nap(dueNs));
    // A day at most: longer timers overflow Node's 31-bit milliseconds and fire at once.
    else this.#atTimer(nowNs, Math.min(timerMs, 86_400_000));
  }

  #atNextTurn(nowNs: number, run: () => void): void {
    if (this.#firesNs <= nowNs) return;
    this.#firesNs = nowNs;
    clearTimeout(this.#timer);
    this.#immediate = setImmediate(() => {
      this.#firesNs = Number.POSITIVE_INFINITY;
      run();
    });
  }

  /** One that fires before that may stay: it finds out by itself what is due when. */
  #atTimer(nowNs: number, ms: number): void {
    const firesNs = nowNs + ms * nsPerMs;
    if (this.#firesNs <= firesNs) return;
    clearTimeout(this.#timer);
    this.#firesNs = firesNs;
    this.#timer = setTimeout(() => {
      this.#firesNs = Number.POSITIVE_INFINITY;
      this.#release();
    }, ms);
  }

  #nap(dueNs: number): void {
    const leftMs = (dueNs - this.#now()) / nsPerMs - napSlackMs;
    if (leftMs > 0) this.#sleep(Math.min(leftMs, napMaxMs));
    this.#release();
  }

  #release(): void {
    let nowNs = this.#now();
    while (this.#running && this.#queue.nextAtNs <= nowNs) {
      const dueNs = this.#queue.nextAtNs;
      this.#lastDueNs = dueNs;
      this.#handle(this.#queue.pop(), dueNs);
      if (this.#queue.nextAtNs > nowNs) nowNs = this.#now();
    }
    this.#arm();
  }
}
