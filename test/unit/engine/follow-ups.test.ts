import { describe, expect, it } from 'vitest';
import type { Scenario } from '../../../src/scenarios/schema.ts';
import { scenarioWith } from '../../helpers/scenarios.ts';
import { ok, pending, Rig, refused, type Sent, soldOut, timeout } from './worker-rig.ts';

/** One device that clicks at 1 s, thinks for 500 ms after each purchase, and stops at 5 s. */
function returning(
  changes: Record<string, unknown> = {},
  client: Record<string, unknown> = {},
): Scenario {
  return scenarioWith({
    workload: {
      model: 'closed',
      thinkTime: '500ms',
      users: 1,
      endsAt: '5s',
      arrivals: [{ type: 'herd' }],
      ...changes,
    },
    client: {
      timeout: '1s',
      retry: { maxAttempts: 2, backoff: { initial: '100ms', multiplier: 1 }, jitter: 'none' },
      poll: { interval: '200ms', timeout: '1s' },
      ...client,
    },
  });
}

const always = (answer: object) => (): object => answer;
/** Answers to orders in turn, the last one for good; everything else is fine. */
const inTurn =
  (...answers: object[]) =>
  ({ subject }: Sent): object => {
    if (subject.operation !== 'order') return ok;
    return (answers.length > 1 ? answers.shift() : answers[0]) ?? {};
  };
const times = (sent: readonly Sent[]): readonly number[] => sent.map(({ atMs }) => atMs);
const limited = { outcome: 'fail', code: 'limited', status: 429 };

describe('a device of a closed model', () => {
  it('buys again a think time after its last purchase has ended, until the workload ends', () => {
    const rig = new Rig(returning(), always(ok)).play();
    // Every answer takes 10 ms: 510 ms from one click to the next.
    expect(times(rig.of('order'))).toEqual([
      1_000, 1_510, 2_020, 2_530, 3_040, 3_550, 4_060, 4_570,
    ]);
    expect(rig.drainedAtMs).toBe(4_580);
    expect(rig.orders.dropped).toBe(0);
  });

  it('uses a key of its own for each purchase, and journals each under it', () => {
    const rig = new Rig(returning({ maxPurchases: 3 }), always(ok)).play();
    const keys = ['run1-0', 'run1-1', 'run1-2'];
    expect(rig.of('order')).toMatchObject(
      keys.map((key, intent) => ({ subject: { attempt: 1, intent }, asked: { key } })),
    );
    expect(rig.journal.map(({ key }) => key)).toEqual(keys);
    expect(rig.drainedAtMs).toBe(2_030);
  });

  it('counts from the end of the last attempt, however the purchase ended', () => {
    for (const answer of [soldOut, { outcome: 'fail', code: 'limit-per-user', status: 409 }]) {
      const rig = new Rig(returning({ maxPurchases: 2 }), always(answer)).play();
      expect(times(rig.of('order'))).toEqual([1_000, 1_510]);
    }
    const tiredAt = new Rig(returning({ maxPurchases: 2 }), always(limited)).play();
    // Two attempts each, 100 ms after the first one's answer.
    expect(times(tiredAt.of('order'))).toEqual([1_000, 1_110, 1_620, 1_730]);
    expect(tiredAt.of('order').map(({ subject }) => subject.intent)).toEqual([0, 0, 1, 1]);
    expect(tiredAt.of('order').map(({ subject }) => subject.attempt)).toEqual([1, 2, 1, 2]);
  });

  it('looks up in the end whatever was lost, each under its key', () => {
    const rig = new Rig(
      returning({ maxPurchases: 3 }),
      inTurn(timeout, timeout, ok, timeout),
    ).play();
    expect(rig.orders.uncertain()).toEqual([
      { intent: 0, keyVariant: 0 },
      { intent: 2, keyVariant: 0 },
    ]);
  });

  it('waits for an order that was only accepted until it is decided', () => {
    const script = ({ subject }: Sent): object => (subject.operation === 'order' ? pending : ok);
    const rig = new Rig(returning({ maxPurchases: 2 }), script).play();
    expect(times(rig.of('order'))).toEqual([1_000, 1_720]);
    expect(rig.of('status')).toMatchObject([
      { atMs: 1_210, subject: { intent: 0 }, asked: { key: 'run1-0' } },
      { atMs: 1_930, subject: { intent: 1 }, asked: { key: 'run1-1' } },
    ]);
    const turnedDown = ({ subject }: Sent): object =>
      subject.operation === 'order' ? pending : refused;
    expect(times(new Rig(returning({ maxPurchases: 2 }), turnedDown).play().of('order'))).toEqual([
      1_000, 1_720,
    ]);
  });

  it('does not wait for a cancel, which names the order that it belongs to', () => {
    const scenario = returning({
      maxPurchases: 2,
      cancel: { probability: 1, delay: '600ms' },
    });
    const numbered = ({ subject }: Sent): object => ({ ...ok, orderId: `o${subject.intent}` });
    const rig = new Rig(scenario, numbered).play();
    expect(times(rig.of('order'))).toEqual([1_000, 1_510]);
    expect(rig.of('cancel')).toMatchObject([
      { atMs: 1_610, subject: { intent: 0, orderId: 'o0' } },
      { atMs: 2_120, subject: { intent: 1, orderId: 'o1' } },
    ]);
  });

  it('that was logged out does not come back', () => {
    const evicted = { outcome: 'fail', code: 'unauthorized', status: 401 };
    const rig = new Rig(returning(), inTurn(ok, evicted)).play();
    expect(rig.of('order')).toHaveLength(2);
    expect(rig.drainedAtMs).toBe(1_520);
    expect(rig.orders.dropped).toBe(0);
  });

  it('tries each purchase for as long as patience lasts from its own start', () => {
    const scenario = returning(
      { maxPurchases: 3, patience: { exponential: '1us' } },
      { retry: { maxAttempts: 5, backoff: { initial: '100ms' }, jitter: 'none' } },
    );
    const rig = new Rig(scenario, always(limited)).play();
    expect(times(rig.of('order'))).toEqual([1_000, 1_510, 2_020]);
    const patient = returning(
      { maxPurchases: 3, patience: { exponential: '1h' } },
      { retry: { maxAttempts: 3, backoff: { initial: '100ms', multiplier: 1 }, jitter: 'none' } },
    );
    expect(new Rig(patient, always(limited)).play().of('order')).toHaveLength(9);
  });

  it('does not come back when the run is stopped, and has dropped what was due by then', () => {
    const stopped = new Rig(returning(), always(ok)).play(undefined, 1_010);
    expect(stopped.of('order')).toHaveLength(1);
    expect(stopped.orders.dropped).toBe(0);
    // The run stops while the device thinks: its cancel comes in that time.
    let droppedThen = 0;
    const scenario = returning({ cancel: { probability: 1, delay: '100ms' }, maxPurchases: 2 });
    const rig: Rig = new Rig(scenario, ({ subject }) => {
      if (subject.operation === 'cancel' && subject.intent === 0) {
        rig.orders.halt();
        droppedThen = rig.orders.dropped;
      }
      return ok;
    });
    rig.play();
    expect(droppedThen).toBe(1);
  });

  it('that never came once drops one arrival, not all that would have followed', () => {
    const rig = new Rig(returning(), always(ok));
    rig.device.token = undefined;
    rig.play();
    expect(rig.sent).toEqual([]);
    expect(rig.orders.dropped).toBe(1);
  });

  it('without a think time is bounded by the number of its purchases', () => {
    const rig = new Rig(returning({ thinkTime: '0s' }), always(soldOut)).play();
    expect(rig.of('order')).toHaveLength(100);
    expect(times(rig.of('order')).slice(0, 3)).toEqual([1_000, 1_010, 1_020]);
  });
});

describe('a session of a partly-open model', () => {
  it('has as many purchases as were planned', () => {
    const sessions = returning({
      model: 'partly-open',
      stayProbability: 0.5,
      users: 50,
      endsAt: '1m',
      thinkTime: { exponential: '100ms' },
    });
    const rig = new Rig(sessions, always(ok)).play();
    const byUser = new Map<string, number>();
    for (const { asked } of rig.of('order')) {
      byUser.set(asked.userId, (byUser.get(asked.userId) ?? 0) + 1);
    }
    expect(byUser.size).toBe(50);
    expect(rig.of('order').length).toBeGreaterThan(70);
    expect(rig.of('order').length).toBeLessThan(140);
    const intents = rig.of('order').map(({ subject }) => subject.intent);
    expect([...intents].sort((a, b) => a - b)).toEqual([...intents.keys()]);
  });
});
