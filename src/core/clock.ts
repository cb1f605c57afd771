/**
 * The only reader of the machine's clocks.
 *
 * Instants inside a run are nanoseconds since the run's epoch on the machine-wide monotonic clock
 * (`process.hrtime`, CLOCK_MONOTONIC), so that every process of a run shares one time axis. A number
 * holds them exactly for 104 days.
 */

/** The instant that a run counts from, as `process.hrtime` gave it, and the wall clock beside it. */
export interface Epoch {
  readonly seconds: number;
  readonly nanoseconds: number;
  /** Wall-clock time of the epoch, in milliseconds since 1970 (UTC). */
  readonly wallMs: number;
}

/** Nanoseconds since the run's epoch. */
export type NowNs = () => number;

/** Nanoseconds in a millisecond, a microsecond and a second. */
export const nsPerMs = 1_000_000;
export const nsPerUs = 1_000;
export const nsPerS = 1_000_000_000;

/**
 * Reads both clocks together. `Date.now` counts whole milliseconds, so the pair is taken just as it
 * ticks: good to some microseconds, at the cost of at most a millisecond.
 */
export function takeEpoch(): Epoch {
  const startMs = Date.now();
  let wallMs = startMs;
  while (wallMs === startMs) wallMs = Date.now();
  const [seconds, nanoseconds] = process.hrtime();
  return { seconds, nanoseconds, wallMs };
}

/** A reader of the monotonic clock that counts from `epoch`, comparable between processes. */
export function runClock(epoch: Epoch): NowNs {
  const origin: [number, number] = [epoch.seconds, epoch.nanoseconds];
  return () => {
    const [seconds, nanoseconds] = process.hrtime(origin);
    return seconds * nsPerS + nanoseconds;
  };
}

/** Wall-clock milliseconds since 1970 (UTC). For opening instants, names and reports; never for durations. */
export function wallClockMs(): number {
  return Date.now();
}

/** Resolves after `ms` milliseconds (at least; timers are never early). */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}
