import { decorrelatedJitter } from './decorrelated.ts';
import { equalJitter } from './equal.ts';
import { fullJitter } from './full.ts';
import type { Jitter } from './jitter.ts';
import { noJitter } from './none.ts';

/** Every jitter by the name that a scenario uses. */
export const jitters = {
  none: noJitter,
  equal: equalJitter,
  full: fullJitter,
  decorrelated: decorrelatedJitter,
} as const satisfies Record<string, Jitter>;
export type JitterName = keyof typeof jitters;
