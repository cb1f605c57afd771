import type { Promises } from './base-server.ts';
import type { Changes } from './specimen.ts';

/** Sales that several servers are put through. */

/**
 * Orders are withdrawn. A quarter of those who buy think better of it; buyers keep coming for so long
 * that the last unit that came back is sold again.
 */
export const cancelling: Changes = {
  workload: {
    users: 160,
    arrivals: [
      { type: 'herd', users: '40%', reaction: { lognormal: { median: '40ms', sigma: 0.5 } } },
      { type: 'poisson', rate: '70/s', from: '50ms' },
    ],
    cancel: { probability: 0.25, delay: '60ms' },
  },
};

/** Everybody tries on three devices; each person may have one unit. */
export const manyDevices: Changes = {
  sale: { products: [{ id: 'unit', stock: 25, limitPerUser: 1 }] },
  workload: { users: 30, devicesPerUser: 3 },
};

/** Two devices of a person may be logged in; a third one ends the oldest session. */
export const twoDevices: Promises = { maximumSessions: 2, onExceed: 'terminate-oldest' };

/** Everybody logs in on three devices and clicks on all of them; half of them look beforehand, too. */
export const threeDevices: Changes = {
  workload: { users: 40, devicesPerUser: 3 },
  probes: { evictedDevice: '50%' },
};

/**
 * Two requests of a person in any window, on whichever device. The window is shorter than what goes
 * before the opening: else a limiter could have remembered requests of before the run.
 */
export const twoPerWindow: Promises = {
  rateLimit: { algorithm: 'sliding-window', limit: 2, windowMs: 300 },
};

/** A burst of two, and two more in each window. */
export const bucketOfTwo: Promises = {
  rateLimit: { algorithm: 'token-bucket', limit: 2, windowMs: 300 },
};

/** Everybody tries on four devices, and so runs into the rate limit, at once and a window later. */
export const limiting: Changes = {
  sale: { products: [{ id: 'unit', stock: 20 }] },
  workload: { users: 30, devicesPerUser: 4 },
  client: { retry: { maxAttempts: 4, backoff: { initial: '300ms' } } },
};

/** Orders that were accepted are followed closely; each is to be decided within a second. */
export const polling: Changes = {
  target: { http: { contract: { completion: '1s' } } },
  client: { poll: { interval: '50ms', timeout: '1500ms' } },
};
