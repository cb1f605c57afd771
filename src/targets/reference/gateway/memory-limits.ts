import { wallClockMs } from '../../../core/clock.ts';
import { decideBy, type LimiterSettings } from '../../../policies/limiters/limiter-settings.ts';
import type { LimitStore } from './limit-store.ts';

/** More keys than this are forgotten, the one first that came first. */
const keysMax = 1_000_000;

/**
 * Allowances in the memory of one server process. N processes have N of them, and let N times as much
 * through: what a limiter in the process does behind a load balancer.
 */
export function memoryLimits(
  settings: LimiterSettings,
  nowMs: () => number = wallClockMs,
): LimitStore {
  const decide = decideBy(settings);
  const states = new Map<string, unknown>();
  return {
    take: (key) => {
      const { state, ...verdict } = decide(states.get(key), nowMs());
      states.set(key, state);
      if (states.size > keysMax) states.delete(states.keys().next().value ?? key);
      return Promise.resolve(verdict);
    },
    reset: () => {
      states.clear();
      return Promise.resolve();
    },
  };
}
