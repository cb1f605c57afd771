import type { Backoff } from './backoff.ts';

/** No wait at all: what makes a storm. */
export interface NoBackoffOptions {
  readonly type: 'none';
}

/** Tries again at once. */
export const noBackoff: Backoff<NoBackoffOptions> = {
  name: 'none',
  describe: 'tries again at once',
  waitMs: () => 0,
  limits: () => ({ leastMs: 0, mostMs: 0 }),
};
