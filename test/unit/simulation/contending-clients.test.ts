import { describe, expect, it } from 'vitest';
import { normal, type Rng, rngFor } from '../../../src/core/rng.ts';
import type { BackoffOptions } from '../../../src/policies/retries/backoffs/registry.ts';
import type { JitterName } from '../../../src/policies/retries/jitters/registry.ts';
import { retryWait } from '../../../src/policies/retries/retry-policy.ts';
import { Simulator } from '../../helpers/simulation/simulator.ts';

/**
 * 100 clients that each want to write one row once (aws-samples/aws-arch-backoff-simulator; Brooker,
 * "Exponential Backoff And Jitter", 2015): read its version, write if it is still that, else back off
 * and begin anew. Base 5 ms, cap 2,000 ms, a network of Normal(10, 2) ms. The first wait of the
 * original is twice the base.
 */
const exponential: BackoffOptions = { initial: 10, multiplier: 2, max: 2_000 };
const clients = 100;

interface Outcome {
  /** Writes until everybody was done. */
  readonly calls: number;
  readonly finishMs: number;
}

function contend(backoff: BackoffOptions, jitter: JitterName, seed: number): Outcome {
  const simulator = new Simulator();
  const network = rngFor(seed, 'network');
  const delayMs = (): number => Math.abs(10 + 2 * normal(network));
  const options = { maxAttempts: 100_000, backoff, jitter, honorRetryAfter: true };
  let version = 0;
  let calls = 0;
  const attempt = (client: number, attempts: number, previousWaitMs: number | undefined): void => {
    const chance: Rng = rngFor(seed, 'retry', client, attempts);
    simulator.after(delayMs(), () => {
      const seen = version;
      simulator.after(delayMs() + delayMs(), () => {
        calls += 1;
        if (seen === version) {
          version += 1;
          return;
        }
        const failed = { attempts, code: 'timeout', retryAfterMs: undefined, previousWaitMs };
        const wait = retryWait(options, failed, chance);
        if (wait === undefined) throw new Error('nobody gives up');
        simulator.after(delayMs() + wait.delayMs, () => attempt(client, attempts + 1, wait.waitMs));
      });
    });
  };
  for (let client = 0; client < clients; client += 1) attempt(client, 1, undefined);
  simulator.run();
  expect(version).toBe(clients);
  return { calls, finishMs: simulator.nowMs };
}

function mean(backoff: BackoffOptions, jitter: JitterName): Outcome {
  const runs = Array.from({ length: 20 }, (_, seed) => contend(backoff, jitter, seed));
  const sum = (of: keyof Outcome) => runs.reduce((total, run) => total + run[of], 0);
  return { calls: sum('calls') / runs.length, finishMs: sum('finishMs') / runs.length };
}

describe('100 clients that contend for one row', () => {
  it.each<[BackoffOptions, JitterName, number, number]>([
    [{ type: 'none' }, 'none', 2_426, 2_028],
    [exponential, 'none', 1_855, 62_560],
    [exponential, 'equal', 812, 6_448],
    [exponential, 'full', 796, 4_796],
    [{ ...exponential, initial: 5 }, 'decorrelated', 995, 4_629],
  ])('with backoff %j and jitter %s need some %d calls and %d ms', (backoff, jitter, calls, ms) => {
    const found = mean(backoff, jitter);
    expect(found.calls / calls).toBeGreaterThan(0.85);
    expect(found.calls / calls).toBeLessThan(1.15);
    expect(found.finishMs / ms).toBeGreaterThan(0.85);
    expect(found.finishMs / ms).toBeLessThan(1.15);
  });

  it('are done soonest for the fewest calls with full jitter, and last without any', () => {
    const [none, equal, full] = (['none', 'equal', 'full'] as const).map((jitter) =>
      mean(exponential, jitter),
    );
    expect(full?.finishMs).toBeLessThan(equal?.finishMs ?? 0);
    expect(equal?.finishMs).toBeLessThan((none?.finishMs ?? 0) / 5);
    expect(full?.calls).toBeLessThan((none?.calls ?? 0) / 2);
  });
});
