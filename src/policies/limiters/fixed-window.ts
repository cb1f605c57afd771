import type { LimiterDecision, LimiterEntry, WindowOptions } from './limiter.ts';

/** Requests of one window. */
export interface FixedWindowState {
  /** Which window: the clock divided by its length, rounded down. */
  readonly window: number;
  readonly count: number;
}

/**
 * Counts the requests of windows that are aligned to the clock. Admits up to `2 × limit` in any window
 * that spans an edge (Redis `INCR` with `EXPIRE`, Upstash “fixed window”).
 */
export function takeFromFixedWindow(
  state: FixedWindowState | undefined,
  nowMs: number,
  { limit, windowMs }: WindowOptions,
): LimiterDecision<FixedWindowState> {
  // A clock that steps back stays in the window that it was in.
  const window = Math.max(Math.floor(nowMs / windowMs), state?.window ?? Number.NEGATIVE_INFINITY);
  const before = state?.window === window ? state.count : 0;
  const admitted = before < limit;
  const count = admitted ? before + 1 : before;
  const untilEdgeMs = Math.ceil((window + 1) * windowMs - nowMs);
  return {
    state: { window, count },
    admitted,
    remaining: limit - count,
    retryAfterMs: admitted ? 0 : untilEdgeMs,
    resetAfterMs: untilEdgeMs,
  };
}

/** Windows of the clock: see {@link takeFromFixedWindow}. */
export const fixedWindow: LimiterEntry<WindowOptions, FixedWindowState> = {
  name: 'fixed-window',
  describe: 'Counts per window of the clock; lets twice the limit through at an edge.',
  take: takeFromFixedWindow,
};
