import type { LimiterDecision, LimiterEntry, WindowOptions } from './limiter.ts';

/** When the requests were admitted that still count, oldest first. At most `limit` of them. */
export interface SlidingLogState {
  readonly admittedAtMs: readonly number[];
}

/**
 * Admits when fewer than `limit` requests were admitted in (now − window, now]. Exact: no window of any
 * position holds more than `limit`. Costs the memory of a time stamp per admitted request.
 */
export function takeFromSlidingLog(
  state: SlidingLogState | undefined,
  nowMs: number,
  { limit, windowMs }: WindowOptions,
): LimiterDecision<SlidingLogState> {
  const log = state?.admittedAtMs ?? [];
  const lastMs = log.at(-1) ?? Number.NEGATIVE_INFINITY;
  const atMs = Math.max(nowMs, lastMs);
  const alive = log.filter((admittedMs) => admittedMs > atMs - windowMs);
  const admitted = alive.length < limit;
  const admittedAtMs = admitted ? [...alive, atMs] : alive;
  const [oldestMs = atMs] = admittedAtMs;
  const newestMs = admittedAtMs.at(-1) ?? atMs;
  return {
    state: { admittedAtMs },
    admitted,
    remaining: limit - admittedAtMs.length,
    retryAfterMs: admitted ? 0 : Math.ceil(oldestMs + windowMs - nowMs),
    resetAfterMs: Math.ceil(newestMs + windowMs - nowMs),
  };
}

/** A log of what was admitted: see {@link takeFromSlidingLog}. */
export const slidingLog: LimiterEntry<WindowOptions, SlidingLogState> = {
  name: 'sliding-log',
  describe: 'Remembers when it admitted whom; exact for every window, at a price in memory.',
  take: takeFromSlidingLog,
};
