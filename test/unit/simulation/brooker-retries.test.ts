import { describe, expect, it } from 'vitest';
import { exponential, rngFor } from '../../../src/core/rng.ts';
import type { ClientPolicyOptions } from '../../../src/policies/retries/client-policy.ts';
import { SimulatedClients } from '../../helpers/simulation/clients.ts';
import { Simulator } from '../../helpers/simulation/simulator.ts';

/**
 * Brooker's comparison of retry strategies (github.com/mbrooker/simulator_example, `retry_sim`; "Fixing
 * retries with token buckets and circuit breakers", 2022): 100 clients at 10 requests a second each for
 * 10 s, against a server that fails a fixed share of them whatever the load.
 */
const retry = {
  maxAttempts: 4,
  backoff: { type: 'none' },
  jitter: 'none',
  honorRetryAfter: true,
} as const;

const strategies = {
  'three retries': { retry },
  // The bucket alone ends it: as many attempts as it pays for.
  'token bucket': {
    retry: { ...retry, maxAttempts: 100 },
    budget: { type: 'token-bucket', ratio: 0.1, capacity: 5 },
  },
  'retry breaker': {
    retry,
    budget: { type: 'failure-rate', threshold: 0.1, windowMs: 60_000 },
  },
} as const satisfies Record<string, ClientPolicyOptions>;

function play(policy: ClientPolicyOptions, failureRate: number): { load: number; success: number } {
  const simulator = new Simulator();
  const rng = rngFor(1, 'server');
  const clients = new SimulatedClients(simulator, {
    policy,
    clients: 100,
    timeoutMs: 60_000,
    send: (answer) => {
      simulator.after(exponential(rng, 10), () => {
        const failed = rng.next() <= failureRate;
        simulator.after(exponential(rng, 10), () => answer(failed ? 'server-error' : 'ok'));
      });
    },
    seed: 1,
  });
  clients.arrivals(() => 1_000, 10_000);
  simulator.run();
  const { firstAttemptsAtMs, attemptsAtMs, successesAtMs } = clients;
  const purchases = firstAttemptsAtMs.length;
  return { load: attemptsAtMs.length / purchases, success: successesAtMs.length / purchases };
}

describe('retry strategies against a server that fails a share f', () => {
  // Load on the server as a multiple of the purchases, and share of them that succeed.
  it.each([
    [0.05, 'three retries', 1.05, 1.0],
    [0.1, 'three retries', 1.11, 1.0],
    [0.2, 'three retries', 1.25, 0.999],
    [0.5, 'three retries', 1.88, 0.937],
    [0.05, 'token bucket', 1.06, 1.0],
    [0.1, 'token bucket', 1.1, 0.988],
    [0.2, 'token bucket', 1.12, 0.892],
    [0.5, 'token bucket', 1.12, 0.557],
    [0.05, 'retry breaker', 1.04, 0.993],
    [0.1, 'retry breaker', 1.03, 0.929],
    [0.2, 'retry breaker', 1.0, 0.804],
    [0.5, 'retry breaker', 1.0, 0.493],
  ] as const)('f = %d, %s: load × %d, success %d', (f, strategy, load, success) => {
    const found = play(strategies[strategy], f);
    expect(Math.abs(found.load - load)).toBeLessThan(0.03);
    expect(Math.abs(found.success - success)).toBeLessThan(0.025);
  });

  it.each([0.05, 0.2, 0.5])('three retries follow the closed form at f = %d', (f) => {
    const { load, success } = play(strategies['three retries'], f);
    expect(load).toBeCloseTo((1 - f ** 4) / (1 - f), 1);
    expect(success).toBeCloseTo(1 - f ** 4, 2);
  });
});
