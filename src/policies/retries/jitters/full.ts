import type { Jitter } from './jitter.ts';

/** Uniformly at random below the backoff: U(0, b). */
export const fullJitter: Jitter = {
  name: 'full',
  describe: 'uniform from 0 to the backoff',
  waitMs: ({ backoffMs }, rng) => backoffMs * rng.next(),
};
