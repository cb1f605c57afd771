import { type NowNs, nsPerMs } from '../core/clock.ts';
import { EventQueue } from './event-queue.ts';

/** Events at least this far apart are waited for exactly; closer ones go out together. */
const sparseNs = 2.5 * nsPerMs;
/** A click of a crowd may go out this much before its instant, with the others that are awaited. */
const earlyMaxNs = nsPerMs;
/** And may be awaited this much longer than until it is due, so that several go out at once. */
const crowdWaitMs = 1;
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
 * due within a few milliseconds, each waking, and each answer ({@link poke}), hands over all that are
 * due by then, and those of {@link near} that are due within a millisecond: to wake up costs more than
 * a request does, and a core that does nothing but look at the clock is one that the server may need.
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
  /** What is due at or after it does not go out before it. */
  #barrierNs = Number.NEGATIVE_INFINITY;
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

  /** Plans an event that must not be early. */
  at(dueNs: number, payload: number): void {
    this.#push(dueNs, payload * 2);
  }

  /**
   * Plans an event that may be up to a millisecond early in a crowd of others, though not on the other
   * side of the barrier. It is then handed over as due at that time.
   */
  near(dueNs: number, payload: number): void {
    this.#push(dueNs, payload * 2 + 1);
  }

  #push(dueNs: number, marked: number): void {
    this.#queue.push(dueNs, marked);
    if (this.#running && dueNs < this.#armedForNs) this.#arm();
  }

  /** @param barrierNs nothing that is due then or later goes out before it */
  start(barrierNs = Number.NEGATIVE_INFINITY): void {
    this.#running = true;
    this.#barrierNs = barrierNs;
    this.#arm();
  }

  /** The loop is awake at `nowNs`, whatever for: hands over what may go out by then. */
  poke(nowNs: number): void {
    if (this.#running && this.#nextFromNs <= nowNs) this.#release();
  }

  /** From when on the next event may go out; Infinity when there is none. */
  get #nextFromNs(): number {
    const dueNs = this.#queue.nextAtNs;
    if (dueNs === Number.POSITIVE_INFINITY) return dueNs;
    if (!this.#isNextNear || this.#isSparse(dueNs)) return dueNs;
    const earlyNs = dueNs - earlyMaxNs;
    return dueNs < this.#barrierNs ? earlyNs : Math.max(earlyNs, this.#barrierNs);
  }

  get #isNextNear(): boolean {
    return this.#queue.nextPayload % 2 === 1;
  }

  #isSparse(dueNs: number): boolean {
    return dueNs - this.#lastDueNs >= sparseNs;
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
    const timerMs = Math.floor(
      this.#isSparse(dueNs)
        ? waitMs - timerSlackMs
        : Math.max(1, this.#isNextNear ? waitMs + crowdWaitMs : waitMs),
    );
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
    while (this.#running && this.#nextFromNs <= nowNs) {
      const dueNs = this.#queue.nextAtNs;
      // Those before it took their time.
      if (dueNs > nowNs) nowNs = this.#now();
      this.#lastDueNs = dueNs;
      this.#handle(Math.floor(this.#queue.pop() / 2), Math.min(dueNs, nowNs));
      if (this.#nextFromNs > nowNs) nowNs = this.#now();
    }
    this.#arm();
  }
}
