import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rngFor } from '../../../../src/core/rng.ts';
import type { QueueingMethodName } from '../../../../src/policies/waiting-room/registry.ts';
import {
  WaitingRoom,
  type WaitingRoomOptions,
} from '../../../../src/policies/waiting-room/waiting-room.ts';

/** A visitor as a test plays them: refreshes until in, orders again and again, and leaves. */
interface Person {
  readonly arrivesMs: number;
  /** How often they look again. */
  readonly everyMs: number;
  /** Refreshes before they lose patience. */
  readonly patience: number;
  /** Requests once inside; done after the last. */
  readonly requests: number;
  /** Whether they say goodbye; else the session runs out. */
  readonly leaves: boolean;
}

interface Call {
  readonly person: number;
  readonly calledMs: number;
}

interface Course {
  /** In the order in which they came in. */
  readonly calls: readonly Call[];
  readonly activeMax: number;
  readonly waited: number;
}

/** Lets people play until the last of them has gone. */
function play(options: WaitingRoomOptions, people: readonly Person[], seed = 1): Course {
  const room = new WaitingRoom(options, rngFor(seed, 'waiting-room'));
  const due = people.map(({ arrivesMs }, person) => ({ atMs: arrivesMs, person }));
  const stands = people.map(() => ({ refreshes: 0, requests: 0, isIn: false }));
  const calls: Call[] = [];
  let [activeMax, waited] = [0, 0];
  for (;;) {
    due.sort((a, b) => a.atMs - b.atMs || a.person - b.person);
    const next = due.shift();
    if (next === undefined) return { calls, activeMax, waited };
    const { atMs, person } = next;
    const [who, stand] = [people[person], stands[person]];
    if (who === undefined || stand === undefined) continue;
    const id = `p${person}`;
    const again = (): unknown => due.push({ atMs: atMs + who.everyMs, person });
    if (stand.isIn) {
      stand.requests += 1;
      if (stand.requests < who.requests && room.visit(id, atMs)) again();
      else if (who.leaves) room.leave(id, atMs);
    } else {
      const entrance = room.enter(id, atMs);
      stand.refreshes += 1;
      if (entrance.kind === 'admitted') {
        stand.isIn = true;
        calls.push({ person, calledMs: entrance.calledMs });
        again();
      } else if (stand.refreshes <= who.patience) again();
      if (entrance.kind === 'waiting') waited += 1;
    }
    activeMax = Math.max(activeMax, room.occupancy(atMs).active);
  }
}

const peopleArbitrary = fc.array(
  fc.record({
    arrivesMs: fc.integer({ min: 0, max: 20_000 }),
    everyMs: fc.integer({ min: 50, max: 3_000 }),
    patience: fc.integer({ min: 0, max: 200 }),
    requests: fc.integer({ min: 1, max: 5 }),
    leaves: fc.boolean(),
  }),
  { minLength: 1, maxLength: 40 },
);

const optionsOf = (queueing: QueueingMethodName) =>
  fc.record({
    totalActiveUsers: fc.integer({ min: 1, max: 10 }),
    newUsersPerMinute: fc.integer({ min: 1, max: 600 }),
    queueing: fc.constant(queueing),
    sessionDurationMs: fc.integer({ min: 100, max: 8_000 }),
    refreshEveryMs: fc.constant(1_000),
    placeKeptForMs: fc.integer({ min: 100, max: 8_000 }),
  });

describe.each(['fifo', 'random'] as const)('laws of a waiting room, %s', (queueing) => {
  it('has never more visitors inside than it may', () => {
    fc.assert(
      fc.property(optionsOf(queueing), peopleArbitrary, fc.nat(), (options, people, seed) => {
        expect(play(options, people, seed).activeMax).toBeLessThanOrEqual(options.totalActiveUsers);
      }),
    );
  });

  it('never calls up more within any minute than it may, and evenly', () => {
    fc.assert(
      fc.property(optionsOf(queueing), peopleArbitrary, fc.nat(), (options, people, seed) => {
        const times = play(options, people, seed)
          .calls.map(({ calledMs }) => calledMs)
          .sort((a, b) => a - b);
        times.forEach((atMs, index) => {
          const within = times.filter((other) => other >= atMs && other < atMs + 60_000).length;
          expect(within).toBeLessThanOrEqual(options.newUsersPerMinute);
          const before = times[index - 1] ?? Number.NEGATIVE_INFINITY;
          expect(atMs - before).toBeGreaterThanOrEqual(60_000 / options.newUsersPerMinute - 1e-6);
        });
      }),
    );
  });

  it('lets everybody in who has the patience', () => {
    const patient = peopleArbitrary.map((people) =>
      people.map((person) => ({ ...person, patience: 100_000, everyMs: 90 + person.requests })),
    );
    fc.assert(
      fc.property(optionsOf(queueing), patient, (options, people) => {
        expect(play(options, people).calls).toHaveLength(people.length);
      }),
      { numRuns: 30 },
    );
  });
});

describe('the order in which a waiting room calls up', () => {
  it('is that of arrival with fifo, for all who kept their places', () => {
    const staying = peopleArbitrary.map((people) =>
      people.map((person) => ({ ...person, patience: 100_000 })),
    );
    fc.assert(
      fc.property(optionsOf('fifo'), staying, (options, people) => {
        const { calls } = play({ ...options, placeKeptForMs: 3_001 }, people);
        const inOrder = calls.toSorted((a, b) => a.calledMs - b.calledMs);
        const arrived = inOrder.map(({ person }) => people[person]?.arrivesMs ?? 0);
        expect(arrived).toEqual(arrived.toSorted((a, b) => a - b));
      }),
      { numRuns: 50 },
    );
  });

  it('is drawn evenly with random (chi-square over 10 who wait, p > 0.001)', () => {
    const [waiting, draws] = [10, 5_000];
    const rng = rngFor(7, 'waiting-room');
    const options: WaitingRoomOptions = {
      totalActiveUsers: 1,
      newUsersPerMinute: 60,
      queueing: 'random',
      sessionDurationMs: 60_000,
      refreshEveryMs: 1_000,
      placeKeptForMs: 60_000,
    };
    const counts = Array.from({ length: waiting }, () => 0);
    for (let draw = 0; draw < draws; draw += 1) {
      const room = new WaitingRoom(options, rng);
      room.enter('first', 0);
      for (let who = 0; who < waiting; who += 1) room.enter(`w${who}`, 1);
      room.leave('first', 2_000);
      for (let who = 0; who < waiting; who += 1) {
        if (room.enter(`w${who}`, 2_001).kind === 'admitted') counts[who] = (counts[who] ?? 0) + 1;
      }
    }
    const expected = draws / waiting;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(draws);
    // 99.9 % quantile of the chi-square distribution with 9 degrees of freedom.
    expect(chiSquare).toBeLessThan(27.88);
  });

  it('does not matter with passthrough: nobody waits, and all are counted', () => {
    fc.assert(
      fc.property(optionsOf('passthrough'), peopleArbitrary, (options, people) => {
        const { calls, waited } = play(options, people);
        expect(waited).toBe(0);
        expect(calls).toHaveLength(people.length);
      }),
    );
  });
});
