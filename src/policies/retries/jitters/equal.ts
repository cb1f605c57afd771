import type { Jitter } from './jitter.ts';

/** Half of the backoff for certain, the other half uniformly at random: b/2 + U(0, b/2). */
export const equalJitter: Jitter = {
  name: 'equal',
  describe: 'uniform from half the backoff to all of it',
  // One product: two halves of the smallest numbers, each rounded up, are more than the whole.
  waitMs: ({ backoffMs }, rng) => backoffMs * (0.5 + rng.next() / 2),
};
