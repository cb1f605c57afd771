import { describe, expect, it } from 'vitest';
import { defined } from '../../../src/core/assert.ts';
import type { Attempt } from '../../../src/history/attempt.ts';
import type { WaitingRoomContract } from '../../../src/history/contract.ts';
import { waitingRoomFigures } from '../../../src/results/gateway/waiting-room/waiting-room-figures.ts';
import { scenarioWith } from '../../helpers/scenarios.ts';
import { attempt, outcomeOf } from './outcome-fixture.ts';

const room: WaitingRoomContract = {
  totalActiveUsers: 2,
  newUsersPerMinute: 60,
  queueing: 'fifo',
  sessionDurationMs: 300,
  refreshEveryMs: 100,
};

/** A request to be let in at this time after the opening, answered 10 ms later. */
const enter = (user: number, sentMs: number, answer: 'in' | 'wait', nth = 1): Attempt =>
  attempt({
    operation: 'enter',
    user,
    intent: user,
    attempt: nth,
    product: -1,
    sentMs,
    ...(answer === 'in'
      ? { outcome: 'ok', code: 'ok' }
      : { outcome: 'fail', code: 'waiting', status: 202 }),
  });
const order = (user: number, sentMs: number, given: Partial<Attempt> = {}): Attempt =>
  attempt({ user, intent: user, sentMs, ...given });

/** The workload ends a second after the opening. */
function figuresOf(
  attempts: readonly Attempt[],
  { interrupted = false, groups }: { interrupted?: boolean; groups?: unknown } = {},
) {
  const inOrder = attempts.toSorted((a, b) => a.sentNs - b.sentNs);
  const workload = { users: 4, endsAt: '2s', arrivals: [{ type: 'herd' }] };
  const scenario = scenarioWith({
    workload: groups === undefined ? workload : { ...workload, groups },
  });
  const contract = { products: [{ id: 'sneaker', stock: 3 }], waitingRoom: room };
  const figures = waitingRoomFigures(outcomeOf(inOrder, { interrupted, contract }), scenario);
  return defined(figures, 'the figures of a room that is promised');
}

describe('the figures of a waiting room', () => {
  it('are left out where none is promised', () => {
    expect(waitingRoomFigures(outcomeOf([]), scenarioWith({}))).toBeUndefined();
  });

  it('are those of nobody when nobody came', () => {
    expect(figuresOf([])).toEqual({
      totalActiveUsers: 2,
      newUsersPerMinute: 60,
      queueing: 'fifo',
      came: 0,
      admitted: 0,
      abandoned: 0,
      stillWaiting: 0,
      waitMs: null,
      waitingMax: 0,
      insideMax: 0,
      insideCertainMax: 0,
      admittedPerMinuteMax: 0,
      admittedPerSecondMax: 0,
      fairness: null,
      overtaken: null,
      groups: [],
    });
  });

  it('tell how long people waited, from their first request to the answer that let them in', () => {
    const { came, admitted, waitMs, waitingMax } = figuresOf([
      enter(0, 0, 'in'),
      enter(1, 0, 'wait'),
      enter(1, 100, 'wait', 2),
      enter(1, 200, 'in', 3),
      enter(2, 50, 'wait'),
      enter(2, 150, 'in', 2),
    ]);
    expect({ came, admitted, waitingMax }).toEqual({ came: 3, admitted: 3, waitingMax: 2 });
    expect(waitMs).toEqual({ p50: 110, p99: 210, max: 210 });
  });

  it('tell those who went away from those who waited when it was over', () => {
    const { came, admitted, abandoned, stillWaiting } = figuresOf([
      enter(0, 300, 'wait'),
      enter(1, 850, 'wait'),
      enter(1, 950, 'wait', 2),
      enter(2, 900, 'in'),
    ]);
    expect([came, admitted, abandoned, stillWaiting]).toEqual([3, 1, 1, 1]);
  });

  it('take nobody of a run that was cut short for one who went away before they had to look again', () => {
    const cutShort = [enter(0, 300, 'wait'), enter(1, 310, 'wait')];
    expect(figuresOf(cutShort, { interrupted: true })).toMatchObject({ stillWaiting: 2 });
    expect(figuresOf(cutShort)).toMatchObject({ abandoned: 2 });
  });

  it('count who was inside, until the order that decided was sent for certain', () => {
    const { insideMax, insideCertainMax } = figuresOf([
      enter(0, 0, 'in'),
      enter(1, 0, 'in'),
      enter(2, 5, 'in'),
      order(0, 20),
      order(1, 20, { code: 'sold-out', status: 409 }),
      order(2, 20),
    ]);
    expect({ insideMax, insideCertainMax }).toEqual({ insideMax: 3, insideCertainMax: 3 });
    // Whoever orders at once may be outside again before the next is let in.
    const quick = [0, 1, 2].flatMap((user) => [enter(user, 0, 'in'), order(user, 10)]);
    expect(figuresOf(quick)).toMatchObject({ insideMax: 3, insideCertainMax: 0 });
  });

  it('take one who does not decide for inside until a session’s length later', () => {
    const limited = { code: 'limited', status: 429 } as const;
    const attempts = [enter(0, 0, 'in'), order(0, 20, limited), enter(1, 250, 'in')];
    expect(figuresOf([...attempts, order(1, 290)])).toMatchObject({ insideCertainMax: 2 });
    expect(
      figuresOf([...attempts, order(1, 290), enter(2, 330, 'in'), order(2, 400)]),
    ).toMatchObject({ insideCertainMax: 2 });
  });

  it('count a visit that was over, or that an order ended, and the next one apart', () => {
    const { came, admitted } = figuresOf([
      enter(0, 0, 'in'),
      order(0, 20),
      enter(0, 100, 'wait'),
      enter(0, 200, 'in', 2),
      enter(1, 0, 'in'),
      order(1, 400, { code: 'waiting', status: 403 }),
      enter(1, 500, 'wait', 2),
    ]);
    expect([came, admitted]).toEqual([4, 3]);
  });

  it('count how many came in within a minute and a second', () => {
    const spread = [0, 1, 2].map((user) => enter(user, user * 700, 'in'));
    expect(figuresOf(spread)).toMatchObject({ admittedPerMinuteMax: 3, admittedPerSecondMax: 2 });
  });

  it('tell the share of pairs that were let in against their order of arrival', () => {
    const attempts = [
      enter(0, 0, 'wait'),
      enter(1, 20, 'wait'),
      enter(2, 40, 'in'),
      enter(1, 120, 'in', 2),
      enter(0, 200, 'in', 2),
    ];
    const { overtaken, fairness } = figuresOf(attempts);
    expect(overtaken).toBe(1);
    // Waits of 210, 110 and 10 ms.
    expect(fairness).toBeCloseTo(330 ** 2 / (3 * (210 ** 2 + 110 ** 2 + 10 ** 2)), 9);
  });

  it('leave probes out, and what was never sent', () => {
    const probe = order(3, 10, { attempt: 0, code: 'waiting', status: 403 });
    const lost = { ...enter(2, 10, 'wait'), sentNs: Number.NaN };
    expect(figuresOf([probe, lost])).toMatchObject({ came: 0 });
  });

  it('tell by group who was let in, and after how long', () => {
    const groups = [
      { name: 'humans', share: '50%' },
      { name: 'bots', share: '50%' },
    ];
    const attempts = [
      enter(2, 0, 'in'),
      enter(0, 10, 'wait'),
      enter(0, 110, 'in', 2),
      enter(1, 20, 'wait'),
    ];
    expect(figuresOf(attempts, { groups }).groups).toEqual([
      { name: 'humans', came: 2, admitted: 1, waitMs: { p50: 110, p99: 110, max: 110 } },
      { name: 'bots', came: 1, admitted: 1, waitMs: { p50: 10, p99: 10, max: 10 } },
    ]);
  });
});
