import { describe, expect, it } from 'vitest';
import { gatewayFacts } from '../../../src/reporters/gateway-facts.ts';
import type { WaitingRoomSummary } from '../../../src/results/gateway/summary.ts';
import { passing } from './result-fixture.ts';

const room: WaitingRoomSummary = {
  totalActiveUsers: 40,
  newUsersPerMinute: 4_800,
  queueing: 'fifo',
  came: 1_600,
  admitted: 1_500,
  abandoned: 65,
  stillWaiting: 35,
  waitMs: { p50: 3_500, p99: 7_000, max: 7_010 },
  waitingMax: 532,
  insideMax: 39,
  insideCertainMax: 4,
  admittedPerMinuteMax: 1_500,
  admittedPerSecondMax: 100,
  fairness: 0.7791,
  overtaken: 0.021,
  groups: [
    { name: 'humans', came: 1_200, admitted: 1_100, waitMs: { p50: 10, p99: 20, max: 30 } },
    { name: 'bots', came: 400, admitted: 0, waitMs: null },
  ],
};

function factsOf(waitingRoom: WaitingRoomSummary): readonly string[] {
  const gateway = { limit: null, sessions: null, waitingRoom };
  return gatewayFacts({ ...passing, gateway }).map(({ label, text }) => `${label}: ${text}`);
}

describe('what is told of a waiting room', () => {
  it('is who came in, how long they waited, in what order, and by group', () => {
    expect(factsOf(room)).toEqual([
      'waiting room: fifo, at most 40 inside and 4,800 a minute: 1,500 of 1,600 let in, 65 went away, 35 still waited',
      'waits: p50 3.50 s, p99 7.00 s, longest 7.01 s; 532 waited at once',
      'let in: 39 inside at once, 1,500 within a minute, 100 within a second',
      'turns: 2.1 % of pairs overtaken (50 % is chance), Jain fairness of the waits 0.779',
      'humans let in: 1,100 of 1,200, p50 10.0 ms, p99 20.0 ms, longest 30.0 ms',
      'bots let in: 0 of 400',
    ]);
  });

  it('is that too many were inside, when that is certain', () => {
    const [, , letIn] = factsOf({ ...room, insideCertainMax: 43 });
    expect(letIn).toMatch(/; 3 beyond the limit inside for certain$/);
  });

  it('names no limits where nobody is held back', () => {
    const [first, , letIn] = factsOf({ ...room, queueing: 'passthrough', insideCertainMax: 43 });
    expect(first).toMatch(/^waiting room: passthrough, nobody is held back: /);
    expect(letIn).not.toContain('beyond');
  });

  it('is all there is to tell when nobody was let in', () => {
    const nobody = { ...room, admitted: 0, waitMs: null, fairness: null, overtaken: null };
    expect(factsOf(nobody)).toHaveLength(1);
  });
});
