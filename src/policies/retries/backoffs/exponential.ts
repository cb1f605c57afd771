import type { Backoff } from './backoff.ts';

/** Waits that grow from retry to retry up to a cap. Durations are milliseconds. */
export interface ExponentialBackoffOptions {
  /** Left out, it is this one. */
  readonly type?: 'exponential' | undefined;
  readonly initial: number;
  /** At least 1. */
  readonly multiplier: number;
  readonly max: number;
}

/** Capped exponential backoff: min(max, initial · multiplier^(retry − 1)). */
export const exponentialBackoff: Backoff<ExponentialBackoffOptions> = {
  name: 'exponential',
  describe: 'a wait that grows with each retry, up to a cap',
  waitMs: ({ initial, multiplier, max }, retry) =>
    Math.min(max, initial * multiplier ** (retry - 1)),
  limits: ({ initial, max }) => ({ leastMs: initial, mostMs: max }),
};
