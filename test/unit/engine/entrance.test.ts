import { describe, expect, it } from 'vitest';
import type { Scenario } from '../../../src/scenarios/schema.ts';
import { scenarioWith } from '../../helpers/scenarios.ts';
import { ok, Rig, type Sent, soldOut, timeout } from './worker-rig.ts';

const waitingRoom = {
  totalActiveUsers: 1,
  newUsersPerMinute: 60,
  refreshEvery: '500ms',
  placeKeptFor: '2s',
};

/** One person who clicks at 1 s before a waiting room; the workload ends at 5 s. */
function one(changes: Record<string, unknown> = {}): Scenario {
  return scenarioWith({
    target: { reference: { processes: 1, waitingRoom } },
    workload: { users: 1, endsAt: '5s', arrivals: [{ type: 'herd' }], ...changes },
    client: { timeout: '1s', retry: { maxAttempts: 3, backoff: { initial: '100ms' } } },
  });
}

const letIn = { outcome: 'ok', code: 'ok', status: 200 } as const;
const waits = { outcome: 'fail', code: 'waiting', status: 202, retryAfterMs: 300 } as const;
const visitOver = { outcome: 'fail', code: 'waiting', status: 403, retryAfterMs: 300 } as const;

/** Answers of each operation in turn; the last one stays. */
function script(answers: Partial<Record<Sent['subject']['operation'], unknown[]>>) {
  return ({ subject }: Sent): object => {
    const list = answers[subject.operation] ?? [{}];
    return (list.length > 1 ? list.shift() : list[0]) as object;
  };
}

const steps = ({ sent }: Rig) =>
  sent.map(({ subject: { operation, attempt }, atMs }) => `${operation} ${attempt} at ${atMs}`);

describe('a shopper before a waiting room', () => {
  it('asks to be let in, looks again as told, and orders when let in', () => {
    const rig = new Rig(one(), script({ enter: [waits, waits, letIn], order: [ok] })).play();
    expect(steps(rig)).toEqual([
      'enter 1 at 1000',
      'enter 2 at 1310',
      'enter 3 at 1620',
      'order 1 at 1630',
    ]);
    expect(rig.sent[0]).toMatchObject({
      subject: { intent: 0, product: -1, quantity: 0 },
      asked: { token: 'token-u0-d0' },
    });
    expect(rig.orders.dropped).toBe(0);
    expect(rig.drainedAtMs).toBe(1_640);
  });

  it('looks again after the scenario’s interval when the answer got lost', () => {
    const rig = new Rig(one(), script({ enter: [timeout, letIn], order: [ok] })).play();
    expect(steps(rig)).toEqual(['enter 1 at 1000', 'enter 2 at 1510', 'order 1 at 1520']);
  });

  it('goes away when the workload ends, without an order, a retry or a dropped arrival', () => {
    const rig = new Rig(one(), script({ enter: [waits] })).play();
    expect(rig.of('order')).toEqual([]);
    expect(rig.of('enter').at(-1)?.atMs).toBe(1_000 + 12 * 310);
    expect([rig.orders.dropped, rig.orders.codes]).toEqual([0, {}]);
    expect(rig.drainedAtMs).toBe(1_000 + 12 * 310 + 10);
  });

  it('goes away when patience is over, and always at the same time', () => {
    const impatient = one({ patience: { exponential: '1s' } });
    const rig = new Rig(impatient, script({ enter: [waits] })).play();
    const count = rig.of('enter').length;
    expect(count).toBeLessThan(12);
    expect(new Rig(impatient, script({ enter: [waits] })).play().of('enter')).toHaveLength(count);
  });

  it('goes away at once when there is no session', () => {
    const rig = new Rig(one(), script({ enter: [{ code: 'unauthorized', status: 401 }] })).play();
    expect(steps(rig)).toEqual(['enter 1 at 1000']);
    expect(rig.drainedAtMs).toBe(1_010);
  });

  it('goes back to the room when the visit was over, whatever the retry policy says', () => {
    const answers = { enter: [letIn, waits, letIn], order: [visitOver, ok] };
    const rig = new Rig(one(), script(answers)).play();
    expect(steps(rig)).toEqual([
      'enter 1 at 1000',
      'order 1 at 1010',
      'enter 2 at 1320',
      'enter 3 at 1630',
      'order 2 at 1640',
    ]);
  });

  it('is let in anew for each purchase', () => {
    const closed = one({ model: 'closed', thinkTime: '1s', maxPurchases: 2 });
    const rig = new Rig(closed, script({ enter: [letIn], order: [soldOut] })).play();
    expect(steps(rig)).toEqual([
      'enter 1 at 1000',
      'order 1 at 1010',
      'enter 1 at 2020',
      'order 1 at 2030',
    ]);
  });

  it('begins nothing more when the run is stopped', () => {
    const rig = new Rig(one(), script({ enter: [waits] })).play(undefined, 1_500);
    expect(rig.of('enter').length).toBeLessThanOrEqual(3);
    expect(rig.drainedAtMs).toBeDefined();
  });
});
