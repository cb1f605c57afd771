import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { type NowNs, nsPerMs, nsPerS, nsPerUs } from '../core/clock.ts';
import type { SelfCheckFigures } from '../history/run-record.ts';
import { LatencyHistogram } from '../metrics/histogram.ts';

/** The monitor sleeps this long between two looks, and counts its sleep in. */
const monitorMs = 20;
/** CPU is judged over this long, and being behind is told for so long. */
const windowNs = nsPerS;

/** What a {@link SelfCheck} looks at. */
export interface SelfCheckOptions {
  readonly now: NowNs;
  /** CPU time of this process so far, in seconds. */
  readonly cpuSeconds: () => number;
  /** Errors of sockets so far, by the system's code. */
  readonly socketErrors: ReadonlyMap<string, number>;
}

/**
 * What a load-generating process measures of itself while the sale runs: whether it began each request
 * when it was due, how long its event loop stood still, and what it took of its core. A load generator
 * that cannot keep up delays requests and answers alike, and its own delay looks like the server's.
 */
export class SelfCheck {
  readonly #options: SelfCheckOptions;
  readonly #lateness = new LatencyHistogram();
  readonly #eventLoopDelay: IntervalHistogram = monitorEventLoopDelay({ resolution: monitorMs });
  #began: Reading | undefined;
  #ended: Reading | undefined;
  /** Readings of the last window, oldest first. */
  #recent: readonly Reading[] = [];
  #cpuShareMax = 0;
  /** Since the last reading. */
  #behindNs = 0;

  constructor(options: SelfCheckOptions) {
    this.#options = options;
  }

  begin(): void {
    this.#began = this.#read();
    this.#recent = [this.#began];
    this.#eventLoopDelay.enable();
  }

  /** A request is begun that was due at `dueNs`. */
  started(dueNs: number): void {
    const lateNs = this.#options.now() - dueNs;
    this.#behindNs = Math.max(this.#behindNs, lateNs);
    this.#lateness.record(lateNs / nsPerUs);
  }

  /**
   * To be called several times a second.
   *
   * @param nextDueNs what is due next; Infinity when nothing is
   * @returns how far behind its plan the process has been in the last second, in milliseconds
   */
  sample(nextDueNs: number): number {
    if (this.#began === undefined || this.#ended !== undefined) return 0;
    const reading = this.#read(nextDueNs);
    this.#behindNs = 0;
    const [oldest] = this.#recent;
    if (oldest !== undefined && reading.atNs - oldest.atNs >= windowNs) {
      this.#cpuShareMax = Math.max(this.#cpuShareMax, shareBetween(oldest, reading));
      this.#recent = this.#recent.filter(({ atNs }) => reading.atNs - atNs < windowNs);
    }
    this.#recent = [...this.#recent, reading];
    return Math.max(...this.#recent.map(({ behindNs }) => behindNs)) / nsPerMs;
  }

  /** The sale is over: what follows (look-ups, the positive control) is not judged. */
  end(): void {
    if (this.#began === undefined || this.#ended !== undefined) return;
    this.#ended = this.#read();
    this.#eventLoopDelay.disable();
  }

  /** undefined before it began. */
  figures(): SelfCheckFigures | undefined {
    const began = this.#began;
    if (began === undefined) return undefined;
    const ended = this.#ended ?? this.#read();
    const cpuShare = shareBetween(began, ended);
    const delay = this.#eventLoopDelay;
    return {
      seconds: (ended.atNs - began.atNs) / nsPerS,
      cpuSeconds: ended.cpuSeconds - began.cpuSeconds,
      cpuShareMax: Math.max(cpuShare, this.#cpuShareMax),
      eventLoopDelayP99Ms: delayMs(delay.percentile(99)),
      eventLoopDelayMaxMs: delayMs(delay.max),
      latenessUs: this.#lateness.serialise(),
      socketErrors: Object.fromEntries(this.#options.socketErrors),
    };
  }

  #read(nextDueNs = Number.POSITIVE_INFINITY): Reading {
    const atNs = this.#options.now();
    const behindNs = Math.max(this.#behindNs, atNs - nextDueNs);
    return { atNs, cpuSeconds: this.#options.cpuSeconds(), behindNs };
  }
}

interface Reading {
  readonly atNs: number;
  readonly cpuSeconds: number;
  readonly behindNs: number;
}

function shareBetween(from: Reading, to: Reading): number {
  const seconds = (to.atNs - from.atNs) / nsPerS;
  return seconds <= 0 ? 0 : (to.cpuSeconds - from.cpuSeconds) / seconds;
}

/** Without the monitor's own sleep; before it has looked once it holds nothing. */
function delayMs(ns: number): number {
  const ms = ns / nsPerMs;
  return Number.isFinite(ms) ? Math.max(0, ms - monitorMs) : 0;
}
