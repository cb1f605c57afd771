import type { Jitter } from './jitter.ts';

/**
 * Grows from the last wait and not from the number of retries: min(most, U(least, 3 · last)), where the
 * first is drawn from the least. The backoff gives the bounds alone.
 */
export const decorrelatedJitter: Jitter = {
  name: 'decorrelated',
  describe: 'uniform from the shortest wait to three times the last one, up to the cap',
  waitMs: ({ leastMs, mostMs, previousMs = leastMs }, rng) => {
    // A longest wait below the last one, as after another policy, must not turn the range around.
    const upToMs = Math.max(leastMs, 3 * previousMs);
    return Math.min(mostMs, leastMs + (upToMs - leastMs) * rng.next());
  },
};
