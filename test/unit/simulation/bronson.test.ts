import { describe, expect, it } from 'vitest';
import type { ClientPolicyOptions } from '../../../src/policies/retries/client-policy.ts';
import {
  type BacklogSample,
  drainTimeMs,
  judgeRecovery,
  type Recovery,
} from '../../../src/results/recovery.ts';
import { SimulatedClients } from '../../helpers/simulation/clients.ts';
import { QueueServer, type QueueServerOptions } from '../../helpers/simulation/queue-server.ts';
import { loadSeries } from '../../helpers/simulation/series.ts';
import { Simulator } from '../../helpers/simulation/simulator.ts';

/**
 * The database of Bronson et al., "Metastable Failures in Distributed Systems" (HotOS '21, §2): 300
 * queries a second at 0.1 s, a client timeout of 1 s, one retry, and a network outage of 10 s whose
 * requests are delivered when it is over. The policies and the judgement are flashsim's own.
 */
const capacityPerS = 300;
const outageMs = 10_000;
const startMs = 30_000;
const endMs = startMs + outageMs;

interface Experiment {
  readonly ratePerS: number;
  readonly attempts?: number;
  readonly policy?: Partial<ClientPolicyOptions>;
  readonly backoff?: ClientPolicyOptions['retry']['backoff'];
  readonly jitter?: ClientPolicyOptions['retry']['jitter'];
  readonly server?: Partial<QueueServerOptions>;
  readonly trigger?: 'outage' | 'half-speed';
  /** Seconds to watch after the outage. */
  readonly watchS: number;
}

function recoveryOf(experiment: Experiment): Recovery {
  const { ratePerS, attempts = 2, trigger = 'outage', watchS, policy, server } = experiment;
  const simulator = new Simulator();
  const database = new QueueServer(simulator, { capacityPerS, latencyMs: 100, ...server });
  const retry = {
    maxAttempts: attempts,
    backoff: experiment.backoff ?? { type: 'none' },
    jitter: experiment.jitter ?? 'none',
    honorRetryAfter: true,
  } as const;
  const clients = new SimulatedClients(simulator, {
    policy: { retry, ...policy },
    timeoutMs: 1_000,
    send: database.send,
    seed: 1,
  });
  const untilMs = endMs + watchS * 1_000;
  clients.arrivals(() => ratePerS, untilMs);
  simulator.after(startMs, () => (trigger === 'outage' ? database.cut() : database.setSpeed(0.5)));
  simulator.after(endMs, () => (trigger === 'outage' ? database.restore() : database.setSpeed(1)));
  const backlog: BacklogSample[] = [];
  const sample = (): void => {
    backlog.push({ atMs: simulator.nowMs, size: database.backlog });
    simulator.after(1_000, sample);
  };
  sample();
  simulator.run(untilMs);
  return judgeRecovery({
    series: loadSeries(clients, untilMs),
    backlog,
    trigger: { startMs, endMs },
    observedUntilMs: untilMs,
  });
}

const seconds = ({ timeToRecoverMs }: Recovery): number => (timeToRecoverMs ?? Infinity) / 1_000;

describe('Bronson’s database', () => {
  // By the formula, and as simulated for the reference (another generator of chance).
  it.each([
    { ratePerS: 100, amplification: 2, formulaS: 20, simulatedS: 15, watchS: 130 },
    { ratePerS: 130, amplification: 2, formulaS: 65, simulatedS: 53, watchS: 130 },
    { ratePerS: 140, amplification: 2, formulaS: 140, simulatedS: 123, watchS: 200 },
    { ratePerS: 280, amplification: 1, formulaS: 140, simulatedS: 118, watchS: 200 },
  ])(
    'at $ratePerS queries a second, up to $amplification for each, recovers in some $simulatedS s',
    ({ ratePerS, amplification, formulaS, simulatedS, watchS }) => {
      expect(
        drainTimeMs({ amplification, ratePerS, capacityPerS, outageMs: outageMs }) / 1_000,
      ).toBeCloseTo(formulaS, 6);
      const recovery = recoveryOf({ ratePerS, attempts: amplification, watchS });
      expect(recovery.verdict).toBe('recovered');
      expect(seconds(recovery)).toBeGreaterThan(0.8 * simulatedS);
      expect(seconds(recovery)).toBeLessThan(1.2 * simulatedS);
    },
  );

  it.each([150, 280])(
    'never recovers at %d a second with one retry: it is at least half of the capacity',
    (ratePerS) => {
      expect(drainTimeMs({ amplification: 2, ratePerS, capacityPerS, outageMs })).toBe(Infinity);
      expect(recoveryOf({ ratePerS, watchS: 200 }).verdict).toBe('metastable');
    },
  );

  it('is said to be recovering while its queue gets shorter, and nothing while nobody can tell', () => {
    expect(recoveryOf({ ratePerS: 140, watchS: 90 }).verdict).toBe('recovering');
    expect(recoveryOf({ ratePerS: 280, watchS: 20 }).verdict).toBe('unknown');
    expect(recoveryOf({ ratePerS: 280, watchS: 29 }).verdict).toBe('unknown');
  });

  describe('with a retry budget of 10 % (0.1 a request, 100 at most)', () => {
    const policy = { budget: { type: 'token-bucket', ratio: 0.1, capacity: 100 } } as const;

    it('is limited to 300/1.1 = 272.7 a second, not to 150', () => {
      const limit = (ratePerS: number) =>
        drainTimeMs({ amplification: 1.1, ratePerS, capacityPerS, outageMs });
      expect(limit(272)).toBeLessThan(Infinity);
      expect(limit(273)).toBe(Infinity);
    });

    it.each([
      [250, 96],
      [260, 166],
    ])('recovers at %d a second in some %d s', (ratePerS, simulatedS) => {
      const recovery = recoveryOf({ ratePerS, policy, watchS: 260 });
      expect(seconds(recovery)).toBeGreaterThan(0.75 * simulatedS);
      expect(seconds(recovery)).toBeLessThan(1.25 * simulatedS);
    });

    it('has not recovered at 270 a second after 460 s', () => {
      expect(recoveryOf({ ratePerS: 270, policy, watchS: 460 }).verdict).not.toBe('recovered');
    });
  });

  describe('at 280 a second with one retry', () => {
    it.each([1_000, 10_000])('is not helped by full jitter from %d ms on', (initial) => {
      const backoff = { initial, multiplier: 2, max: 60_000 };
      const recovery = recoveryOf({ ratePerS: 280, backoff, jitter: 'full', watchS: 100 });
      expect(recovery.verdict).toBe('metastable');
    });

    it.each<[string, Partial<QueueServerOptions>]>([
      ['drops what waited too long', { dropOlderThanMs: 900 }],
      ['takes the newest first', { discipline: 'lifo' }],
      ['lets 240 wait, 0.8 s of work', { queueMax: 240 }],
    ])('recovers at once when the server %s', (_what, server) => {
      expect(seconds(recoveryOf({ ratePerS: 280, server, watchS: 60 }))).toBeLessThan(2);
    });

    it('does not recover when 3,000 may wait, 10 s of work', () => {
      const recovery = recoveryOf({ ratePerS: 280, server: { queueMax: 3_000 }, watchS: 100 });
      expect(recovery.verdict).toBe('metastable');
    });
  });

  describe('at half of its speed for 10 s', () => {
    it.each([
      [140, 'recovered'],
      [200, 'metastable'],
      [280, 'metastable'],
    ])('ends %d a second %s', (ratePerS, verdict) => {
      const recovery = recoveryOf({ ratePerS, trigger: 'half-speed', watchS: 100 });
      expect(recovery.verdict).toBe(verdict);
      if (verdict === 'recovered') expect(seconds(recovery)).toBeLessThan(2);
    });
  });
});
