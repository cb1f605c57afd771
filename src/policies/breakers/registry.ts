import { countBased } from './count-based.ts';
import type { SlidingWindowEntry } from './sliding-window.ts';
import { timeBased } from './time-based.ts';

/** Every window of a circuit breaker by the name that a scenario uses. */
export const slidingWindows = {
  'count-based': countBased,
  'time-based': timeBased,
} as const satisfies Record<string, SlidingWindowEntry>;
export type SlidingWindowType = keyof typeof slidingWindows;
