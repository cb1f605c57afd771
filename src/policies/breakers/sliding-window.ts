/** A call that has ended, as a circuit breaker counts it; it may be slow and failed. */
export interface CallOutcome {
  readonly failed: boolean;
  readonly slow: boolean;
}

/** Calls that a window holds. */
export interface WindowCounts {
  readonly calls: number;
  readonly failed: number;
  readonly slow: number;
}

/** The last calls, by number or by time. Holds no clock: time is passed in. */
export interface SlidingWindow {
  /** Adds a call and tells what the window holds then. */
  record(outcome: CallOutcome, nowMs: number): WindowCounts;
}

/** One way to say which calls are the last ones. */
export interface SlidingWindowEntry {
  readonly name: string;
  /** One line, for help and docs. */
  readonly describe: string;
  /** @param size calls or seconds, at least 1 */
  create(size: number): SlidingWindow;
  /** Calls from which a rate is taken, given the setting and the window's size. */
  minimumCalls(minimumNumberOfCalls: number, size: number): number;
}
