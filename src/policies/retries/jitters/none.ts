import type { Jitter } from './jitter.ts';

/** Waits exactly as long as the backoff says. */
export const noJitter: Jitter = {
  name: 'none',
  describe: 'exactly the backoff',
  waitMs: ({ backoffMs }) => backoffMs,
};
