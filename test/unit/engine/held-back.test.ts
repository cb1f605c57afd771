import { describe, expect, it } from 'vitest';
import type { Scenario } from '../../../src/scenarios/schema.ts';
import { scenarioWith } from '../../helpers/scenarios.ts';
import { ok, pending, Rig, refused, type Sent, soldOut, timeout } from './worker-rig.ts';

/** People who all click at 1 s, with a device each; the workload ends at 5 s. */
function crowd(users: number, client: Record<string, unknown>): Scenario {
  return scenarioWith({
    workload: { users, endsAt: '5s', arrivals: [{ type: 'herd' }] },
    client: {
      timeout: '1s',
      ...client,
      retry: {
        maxAttempts: 4,
        backoff: { type: 'fixed', delay: '100ms' },
        jitter: 'none',
        ...(client['retry'] as object | undefined),
      },
    },
  });
}

const orders = (rig: Rig) =>
  rig.of('order').map(({ subject, atMs }) => [subject.intent, subject.attempt, atMs]);

describe('a retry budget', () => {
  const budget = { type: 'token-bucket', ratio: '0%', capacity: 3 };

  it('shared by a process holds back what is above it, and the intent ends', () => {
    const rig = new Rig(crowd(2, { retry: { budget } }), () => timeout).play();
    expect(orders(rig)).toEqual([
      [0, 1, 1_000],
      [1, 1, 1_000],
      [0, 2, 1_110],
      [1, 2, 1_110],
      [0, 3, 1_220],
    ]);
    expect(rig.heldBack).toEqual([
      { attempt: 3, code: 'retry-budget', atMs: 1_120 },
      { attempt: 4, code: 'retry-budget', atMs: 1_230 },
    ]);
    expect(rig.drainedAtMs).toBe(1_230);
  });

  it('of each device or person is theirs alone', () => {
    for (const scope of ['device', 'user']) {
      const rig = new Rig(crowd(2, { scope, retry: { budget } }), () => timeout).play();
      expect([rig.of('order').length, rig.heldBack.length]).toEqual([8, 0]);
    }
  });

  it('of a person is shared by the devices of that person', () => {
    const scenario = crowd(2, { scope: 'user', retry: { budget: { ...budget, capacity: 1 } } });
    const twoDevices = { ...scenario, workload: { ...scenario.workload, devicesPerUser: 2 } };
    expect(new Rig(twoDevices, () => timeout).play().of('order').length).toBe(4 + 2);
  });
});

describe('a circuit breaker', () => {
  const circuitBreaker = {
    slidingWindowSize: 2,
    minimumNumberOfCalls: 2,
    waitDurationInOpenState: '150ms',
    permittedNumberOfCallsInHalfOpenState: 1,
  };

  it('holds attempts back, which count as attempts and are tried again', () => {
    const rig = new Rig(crowd(2, { circuitBreaker }), () => timeout).play();
    expect(orders(rig)).toEqual([
      [0, 1, 1_000],
      [1, 1, 1_000],
      // Open from 1,010: both are held back at 1,110, and one is let through on trial.
      [0, 3, 1_210],
    ]);
    expect(rig.heldBack).toEqual([
      { attempt: 2, code: 'circuit-open', atMs: 1_110 },
      { attempt: 2, code: 'circuit-open', atMs: 1_110 },
      { attempt: 3, code: 'circuit-open', atMs: 1_210 },
      { attempt: 4, code: 'circuit-open', atMs: 1_310 },
      { attempt: 4, code: 'circuit-open', atMs: 1_320 },
    ]);
  });

  it('closes when the server is well again', () => {
    const answer = ({ atMs }: Sent) => (atMs < 1_100 ? timeout : ok);
    const rig = new Rig(crowd(2, { circuitBreaker }), answer).play();
    expect(orders(rig).slice(2)).toEqual([
      [0, 3, 1_210],
      [1, 4, 1_310],
    ]);
    expect(rig.journal).toHaveLength(2);
  });

  it('takes an answer for a failure only when the server is not well', () => {
    const rig = new Rig(crowd(10, { circuitBreaker }), () => soldOut).play();
    expect([rig.of('order').length, rig.heldBack.length]).toEqual([10, 0]);
  });
});

describe('adaptive throttling', () => {
  it('holds most attempts back when the server takes none, the same whoever decides', () => {
    const plays = [1, 2].map(() => new Rig(crowd(100, { throttle: {} }), () => timeout).play());
    const [first, second] = plays;
    expect(first?.heldBack.length).toBeGreaterThan(250);
    expect(first?.heldBack).toEqual(second?.heldBack);
  });

  it('holds a herd back that comes before any answer: the formula counts before it sends', () => {
    const rig = new Rig(crowd(100, { throttle: {} }), () => soldOut).play();
    expect(rig.heldBack.length).toBeGreaterThan(100);
  });

  it('holds nothing back of a stream that the server answers', () => {
    const scenario = crowd(100, { throttle: {} });
    const arrivals = [{ type: 'weibull', shape: 1, mean: 1_000 } as const];
    const stream = { ...scenario, workload: { ...scenario.workload, arrivals } };
    // The very first draws against p = 1/2 or so, before its answer is there.
    expect(new Rig(stream, () => soldOut).play().heldBack.length).toBeLessThan(5);
  });
});

describe('a broken client with a fresh key per attempt', () => {
  const perAttempt = { idempotencyKey: 'per-attempt' };
  const keys = (rig: Rig) => rig.of('order').map(({ asked }) => asked.key);

  it('sends each attempt under another key, and looks every lost one up', () => {
    const rig = new Rig(crowd(1, perAttempt), ({ subject }) =>
      subject.attempt < 3 ? timeout : ok,
    ).play();
    expect(keys(rig)).toEqual(['run1-0', 'run1-0.1', 'run1-0.2']);
    expect(rig.of('order').map(({ subject }) => subject.keyVariant)).toEqual([0, 1, 2]);
    expect(rig.journal.map(({ key }) => key)).toEqual(['run1-0.2']);
    expect(rig.orders.uncertain()).toEqual([
      { intent: 0, keyVariant: 0 },
      { intent: 0, keyVariant: 1 },
    ]);
  });

  it('polls for the order that was accepted, and not for the one that was lost', () => {
    const answer = ({ subject }: Sent) => {
      if (subject.operation === 'status') return refused;
      return subject.attempt === 1 ? timeout : pending;
    };
    const rig = new Rig(crowd(1, perAttempt), answer).play();
    expect(rig.of('status').map(({ asked }) => asked.key)).toEqual(['run1-0.1']);
    expect(rig.orders.uncertain()).toEqual([{ intent: 0, keyVariant: 0 }]);
    expect(rig.orders.decided()).toEqual([{ intent: 0, keyVariant: 1, orderId: 'o1' }]);
  });

  it('reuses the key that was acknowledged when a probe is to reuse one', () => {
    const scenario = { ...crowd(1, perAttempt), probes: { keyReuse: 1 } };
    const answer = ({ subject }: Sent) => (subject.attempt === 1 ? timeout : ok);
    const rig = new Rig(scenario, answer).play();
    expect(rig.of('order', true).map(({ asked }) => asked.key)).toEqual(['run1-0.1']);
  });

  it('keeps one key by default', () => {
    const rig = new Rig(crowd(1, {}), ({ subject }) => (subject.attempt < 3 ? timeout : ok)).play();
    expect(keys(rig)).toEqual(['run1-0', 'run1-0', 'run1-0']);
    expect(rig.orders.uncertain()).toEqual([]);
  });
});
