import type { LimiterDecision, LimiterEntry, WindowOptions } from './limiter.ts';

/** Requests of the window that runs and of the one before it. */
export interface SlidingCounterState {
  /** Which window: the clock divided by its length, rounded down. */
  readonly window: number;
  readonly previous: number;
  readonly current: number;
}

/** Sums of fractions: a share above the limit by less than this does not count. */
const tolerance = 1e-9;

/**
 * Weighs the previous window by the part of it that a sliding one would still cover: admits when
 * `previous × (1 − f) + current + 1 ≤ limit`, with f how much of the current window has passed
 * (Cloudflare, “How we built rate limiting capable of scaling to millions of domains”). It takes the
 * previous requests as evenly spread; bunched at its end they let nearly `2 × limit` through.
 */
export function takeFromSlidingCounter(
  state: SlidingCounterState | undefined,
  nowMs: number,
  { limit, windowMs }: WindowOptions,
): LimiterDecision<SlidingCounterState> {
  const { window, previous, current } = rolled(state, Math.floor(nowMs / windowMs));
  const startMs = window * windowMs;
  // A clock that steps back stays at the start of the window that it was in.
  const passed = Math.max(0, (nowMs - startMs) / windowMs);
  const used = previous * (1 - passed) + current;
  const admitted = used + 1 <= limit + tolerance;
  const counted = admitted ? current + 1 : current;
  return {
    state: { window, previous, current: counted },
    admitted,
    remaining: Math.max(0, Math.floor(limit + tolerance - previous * (1 - passed) - counted)),
    retryAfterMs: admitted ? 0 : waitMs({ previous, current, limit }, windowMs, startMs - nowMs),
    resetAfterMs: Math.ceil(startMs + (counted === 0 ? 1 : 2) * windowMs - nowMs),
  };
}

function rolled(state: SlidingCounterState | undefined, window: number): SlidingCounterState {
  if (state === undefined) return { window, previous: 0, current: 0 };
  if (window <= state.window) return state;
  const previous = window === state.window + 1 ? state.current : 0;
  return { window, previous, current: 0 };
}

/** @param untilStartMs from now to the start of the running window: 0 or less */
function waitMs(
  { previous, current, limit }: { previous: number; current: number; limit: number },
  windowMs: number,
  untilStartMs: number,
): number {
  // Within this window, as the previous one fades …
  if (current + 1 <= limit) {
    const passed = previous === 0 ? 0 : 1 - (limit - current - 1) / previous;
    return Math.max(1, Math.ceil(untilStartMs + (passed - tolerance) * windowMs));
  }
  // … or within the next one, as this one does.
  const passed = 1 - (limit - 1) / current;
  return Math.max(1, Math.ceil(untilStartMs + (1 + passed - tolerance) * windowMs));
}

/** Two weighed counters: see {@link takeFromSlidingCounter}. */
export const slidingCounter: LimiterEntry<WindowOptions, SlidingCounterState> = {
  name: 'sliding-counter',
  describe: 'Two counters, the older weighed by what a sliding window still covers of it.',
  take: takeFromSlidingCounter,
};
