import type { Backoff } from './backoff.ts';

/** The same wait before every retry, in milliseconds. */
export interface FixedBackoffOptions {
  readonly type: 'fixed';
  readonly delay: number;
}

/** Waits as long before each retry. */
export const fixedBackoff: Backoff<FixedBackoffOptions> = {
  name: 'fixed',
  describe: 'the same wait before every retry',
  waitMs: ({ delay }) => delay,
  limits: ({ delay }) => ({ leastMs: delay, mostMs: delay }),
};
