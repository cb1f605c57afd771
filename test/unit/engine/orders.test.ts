import { describe, expect, it } from 'vitest';
import type { Scenario } from '../../../src/scenarios/schema.ts';
import { scenarioWith } from '../../helpers/scenarios.ts';
import {
  ok,
  pending,
  Rig,
  refused,
  type Sent,
  soldOut,
  stillPending,
  timeout,
} from './worker-rig.ts';

/** One person on one device, who clicks at 1 s; the workload ends at 5 s. */
function one(
  changes: Record<string, unknown> = {},
  client: Record<string, unknown> = {},
): Scenario {
  return scenarioWith({
    workload: { users: 1, endsAt: '5s', arrivals: [{ type: 'herd' }], ...changes },
    client: {
      timeout: '1s',
      retry: { maxAttempts: 5, backoff: { initial: '100ms', multiplier: 1 }, jitter: 'none' },
      poll: { interval: '200ms', timeout: '1s' },
      ...client,
    },
  });
}

const cancelAtOnce = { cancel: { probability: 1, delay: '300ms' } };

/** Answers of each operation in turn; the last one stays. */
function script(answers: Partial<Record<Sent['subject']['operation'], unknown[]>>) {
  return ({ subject }: Sent): object => {
    const list = answers[subject.operation] ?? [{}];
    return (list.length > 1 ? list.shift() : list[0]) as object;
  };
}

const times = (sent: readonly Sent[]): readonly number[] => sent.map(({ atMs }) => atMs);
const attempts = (sent: readonly Sent[]) => sent.map(({ subject }) => subject.attempt);

describe('an order that is acknowledged', () => {
  it('is sent once, with what the person wants, and journalled', () => {
    const rig = new Rig(one({ quantity: 3 }), script({ order: [ok] })).play();
    expect(rig.sent).toMatchObject([
      {
        subject: { operation: 'order', attempt: 1, intent: 0, keyVariant: 0, quantity: 3 },
        asked: { key: 'run1-0', productId: 'sneaker', quantity: 3, token: 'token-u0-d0' },
        atMs: 1_000,
      },
    ]);
    expect(rig.journal).toMatchObject([{ key: 'run1-0', orderId: 'o1', quantity: 3 }]);
    expect(rig.drainedAtMs).toBe(1_010);
    expect(rig.orders.uncertain()).toEqual([]);
  });
});

describe('a cancel', () => {
  it('follows the acknowledgement after its delay, names the order, and is waited for', () => {
    const rig = new Rig(one(cancelAtOnce), script({ order: [ok], cancel: [ok] })).play();
    expect(rig.of('cancel')).toMatchObject([
      {
        subject: { attempt: 1, intent: 0, keyVariant: 0, orderId: 'o1' },
        asked: { orderId: 'o1', token: 'token-u0-d0' },
        atMs: 1_310,
      },
    ]);
    expect(rig.drainedAtMs).toBe(1_320);
  });

  it('whose end nobody knows is tried again, three times in all', () => {
    const rig = new Rig(one(cancelAtOnce), script({ order: [ok], cancel: [timeout] })).play();
    expect(attempts(rig.of('cancel'))).toEqual([1, 2, 3]);
    expect(times(rig.of('cancel'))).toEqual([1_310, 1_420, 1_530]);
    expect(rig.drainedAtMs).toBe(1_540);
  });

  it('is tried no more often than anything else', () => {
    const impatient = one(cancelAtOnce, { retry: { maxAttempts: 1 } });
    const rig = new Rig(impatient, script({ order: [ok], cancel: [timeout] })).play();
    expect(attempts(rig.of('cancel'))).toEqual([1]);
  });

  it.each([
    ['refused', { outcome: 'fail', code: 'not-found', status: 404 }],
    ['done', ok],
  ])('that was %s is final', (_what, answer) => {
    const rig = new Rig(one(cancelAtOnce), script({ order: [ok], cancel: [answer] })).play();
    expect(attempts(rig.of('cancel'))).toEqual([1]);
  });

  it('does not come for an order that was refused, or has no id', () => {
    for (const answer of [soldOut, { ...ok, orderId: undefined }]) {
      const rig = new Rig(one(cancelAtOnce), script({ order: [answer] })).play();
      expect(rig.of('cancel')).toEqual([]);
      expect(rig.drainedAtMs).toBe(1_010);
    }
  });

  it('comes no later than a timeout after the end', () => {
    // The order is acknowledged at 1,010 ms; the workload ends at 5 s, a timeout is 1 s.
    for (const [delay, count] of [
      ['4990ms', 1],
      ['4991ms', 0],
    ] as const) {
      const rig = new Rig(
        one({ cancel: { probability: 1, delay } }),
        script({ order: [ok], cancel: [ok] }),
      ).play();
      expect(rig.of('cancel')).toHaveLength(count);
      expect(rig.drainedAtMs).toBe(count === 1 ? 6_010 : 1_010);
    }
  });

  it('is dropped when the run is stopped', () => {
    const rig = new Rig(one(cancelAtOnce), script({ order: [ok], cancel: [timeout] })).play(
      undefined,
      1_315,
    );
    expect(attempts(rig.of('cancel'))).toEqual([1]);
  });
});

describe('an order that was only accepted', () => {
  it('is looked up by its key at the interval until it is confirmed, and never sent again', () => {
    const rig = new Rig(
      one(cancelAtOnce),
      script({ order: [pending], status: [stillPending, timeout, ok], cancel: [ok] }),
    ).play();
    expect(attempts(rig.of('order'))).toEqual([1]);
    expect(rig.of('status')).toMatchObject(
      [1_210, 1_420, 1_630].map((atMs, index) => ({
        atMs,
        subject: { attempt: index + 1, intent: 0, keyVariant: 0 },
        asked: { key: 'run1-0' },
      })),
    );
    expect(rig.journal).toMatchObject([{ key: 'run1-0', orderId: 'o1' }]);
    expect(rig.orders.codes).toEqual({ pending: 1, ok: 1 });
    expect(rig.orders.uncertain()).toEqual([]);
    expect(times(rig.of('cancel'))).toEqual([1_940]);
    expect(rig.drainedAtMs).toBe(1_950);
  });

  it('and was found decided is looked up once more in the end, for a final status stays', () => {
    for (const [answer, count] of [
      [ok, 1],
      [refused, 1],
      [stillPending, 0],
    ] as const) {
      const rig = new Rig(one(), script({ order: [pending], status: [answer] })).play();
      expect(rig.orders.decided()).toHaveLength(count);
    }
    expect(new Rig(one(), script({ order: [ok] })).play().orders.decided()).toEqual([]);
    // It is looked up anyway when an attempt of it was lost.
    const lost = new Rig(one(), script({ order: [timeout, pending], status: [refused] })).play();
    expect(lost.orders.uncertain()).toHaveLength(1);
    expect(lost.orders.decided()).toEqual([]);
  });

  it('and then refused ends as if the order had been answered so', () => {
    const rig = new Rig(one(), script({ order: [pending], status: [refused] })).play();
    expect(times(rig.sent)).toEqual([1_000, 1_210]);
    expect(rig.orders.codes).toEqual({ pending: 1, 'sold-out': 1 });
    expect(rig.orders.uncertain()).toEqual([]);
    expect(rig.drainedAtMs).toBe(1_220);
  });

  it('and then refused for now is sent again by policy', () => {
    const limited = { outcome: 'fail', code: 'limited', status: 200 };
    const rig = new Rig(one(), script({ order: [pending, ok], status: [limited, ok] })).play();
    expect(attempts(rig.of('order'))).toEqual([1, 2]);
    expect(times(rig.of('order'))).toEqual([1_000, 1_320]);
    expect(rig.journal).toHaveLength(1);
  });

  it.each([
    ['the server knows nothing yet', { outcome: 'fail', code: 'not-found', status: 404 }],
    ['the look-up is turned away', { outcome: 'fail', code: 'limited', status: 429 }],
    ['the look-up is lost', timeout],
    ['it is undecided', stillPending],
  ])('stays open at the timeout when %s', (_what, answer) => {
    const rig = new Rig(one(), script({ order: [pending], status: [answer] })).play();
    expect(times(rig.of('status'))).toEqual([1_210, 1_420, 1_630, 1_840]);
    expect(attempts(rig.of('order'))).toEqual([1]);
    expect(rig.orders.uncertain()).toEqual([{ intent: 0, keyVariant: 0, orderId: 'o1' }]);
    expect(rig.drainedAtMs).toBe(1_850);
  });

  it('stays open when the device is logged out meanwhile', () => {
    const evicted = { outcome: 'fail', code: 'unauthorized', status: 401 };
    const rig = new Rig(one(), script({ order: [pending], status: [evicted] })).play();
    expect(rig.of('status')).toHaveLength(1);
    expect(rig.orders.uncertain()).toHaveLength(1);
  });

  it('waits as long as the server asks', () => {
    const rig = new Rig(
      one(),
      script({ order: [{ ...pending, retryAfterMs: 500 }], status: [ok] }),
    ).play();
    expect(times(rig.of('status'))).toEqual([1_510]);
  });

  it('after an attempt that was lost is looked up in the end, whatever the poll says', () => {
    const rig = new Rig(one(), script({ order: [timeout, pending], status: [refused] })).play();
    expect(attempts(rig.of('order'))).toEqual([1, 2]);
    expect(rig.orders.uncertain()).toEqual([{ intent: 0, keyVariant: 0, orderId: 'o1' }]);
  });

  it('is polled no more when the run is stopped', () => {
    const rig = new Rig(one(), script({ order: [pending], status: [stillPending] }));
    rig.play(undefined, 1_215);
    expect(rig.of('status')).toHaveLength(1);
    expect(rig.orders.uncertain()).toHaveLength(1);
  });
});

describe('planned clicks', () => {
  it('that come after the end, or on a device without a session, are dropped', () => {
    const late = new Rig(one({ endsAt: '900ms' }), script({}));
    late.play();
    expect(late.sent).toEqual([]);
    expect(late.orders.dropped).toBe(1);
    const loggedOut = new Rig(one(), script({}));
    loggedOut.device.token = undefined;
    loggedOut.play();
    expect(loggedOut.sent).toEqual([]);
    expect(loggedOut.orders.dropped).toBe(1);
  });

  it('that a stopped run never came to are dropped, those it came to are not', () => {
    const rig = new Rig(one({ users: 3 }), script({ order: [ok] }));
    rig.play();
    rig.orders.halt();
    expect(rig.orders.dropped).toBe(0);
    const stopped = new Rig(one({ users: 3 }), script({ order: [ok] }));
    stopped.orders.begin(0);
    stopped.orders.halt();
    expect(stopped.orders.dropped).toBe(3);
  });
});
