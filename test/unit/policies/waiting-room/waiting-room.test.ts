import { describe, expect, it } from 'vitest';
import { rngFor } from '../../../../src/core/rng.ts';
import {
  type Entrance,
  WaitingRoom,
  type WaitingRoomOptions,
} from '../../../../src/policies/waiting-room/waiting-room.ts';

/** One inside, one a second, asked for every 2 s; inside for 10 s, a place kept for 5 s. */
const usual: WaitingRoomOptions = {
  totalActiveUsers: 1,
  newUsersPerMinute: 60,
  queueing: 'fifo',
  sessionDurationMs: 10_000,
  refreshEveryMs: 2_000,
  placeKeptForMs: 5_000,
};

function roomOf(options: Partial<WaitingRoomOptions> = {}, visitorsMost?: number): WaitingRoom {
  return new WaitingRoom({ ...usual, ...options }, rngFor(1, 'waiting-room'), visitorsMost);
}

const admitted = (calledMs: number): Entrance => ({ kind: 'admitted', calledMs });

describe('waiting room', () => {
  it('lets the first in at once and tells the others where they stand', () => {
    const room = roomOf();
    expect(room.enter('a', 0)).toEqual(admitted(0));
    expect(room.enter('b', 10)).toEqual({
      kind: 'waiting',
      place: 1,
      estimatedWaitMs: 990,
      refreshAfterMs: 2_000,
    });
    expect(room.enter('c', 10)).toMatchObject({ place: 2, estimatedWaitMs: 1_990 });
    expect(room.occupancy(10)).toEqual({ active: 1, waiting: 2 });
  });

  it('lets in one after the other, a minute’s worth evenly over the minute', () => {
    const room = roomOf({ totalActiveUsers: 100, newUsersPerMinute: 30 });
    for (const id of ['a', 'b', 'c']) room.enter(id, 0);
    expect(room.enter('b', 1_999)).toMatchObject({ kind: 'waiting' });
    expect(room.enter('b', 2_000)).toEqual(admitted(2_000));
    expect(room.enter('c', 4_500)).toEqual(admitted(4_000));
  });

  it('saves nothing up while nobody waits', () => {
    const room = roomOf({ totalActiveUsers: 100 });
    expect(room.enter('a', 30_000)).toEqual(admitted(30_000));
    expect(room.enter('b', 30_000)).toMatchObject({ kind: 'waiting' });
  });

  it('gives the place of one who is done to the next, at that instant', () => {
    const room = roomOf();
    room.enter('a', 0);
    room.enter('b', 100);
    room.leave('a', 3_000);
    expect(room.enter('b', 3_500)).toEqual(admitted(3_000));
  });

  it('ends a visit a session’s length after its last request', () => {
    const room = roomOf({ placeKeptForMs: 60_000 });
    room.enter('a', 0);
    room.enter('b', 100);
    expect(room.visit('a', 9_999)).toBe(true);
    expect(room.visit('a', 19_998)).toBe(true);
    expect(room.visit('a', 29_998)).toBe(false);
    expect(room.enter('b', 31_000)).toEqual(admitted(29_998));
  });

  it('lets nobody order who still waits, or never came', () => {
    const room = roomOf();
    room.enter('a', 0);
    room.enter('b', 0);
    expect(room.visit('b', 500)).toBe(false);
    expect(room.visit('c', 500)).toBe(false);
    expect(room.occupancy(500)).toEqual({ active: 1, waiting: 1 });
  });

  it('keeps the place of one who was called up, and takes an order for coming in', () => {
    const room = roomOf();
    room.enter('a', 0);
    room.enter('b', 0);
    room.leave('a', 1_500);
    expect(room.occupancy(1_500)).toEqual({ active: 1, waiting: 0 });
    expect(room.visit('b', 2_000)).toBe(true);
  });

  it('takes the place from one who does not ask again in time, waiting or called up', () => {
    const room = roomOf();
    for (const id of ['a', 'b', 'c', 'd']) room.enter(id, 0);
    room.enter('c', 4_000);
    room.enter('d', 4_000);
    // b is gone at 5 s, c is called up when a is done, and does not come.
    room.leave('a', 6_000);
    expect(room.occupancy(6_000)).toEqual({ active: 1, waiting: 1 });
    room.enter('d', 8_000);
    expect(room.enter('d', 9_500)).toEqual(admitted(9_000));
    expect(room.enter('b', 9_500)).toMatchObject({ kind: 'waiting', place: 1 });
  });

  it('lets everybody pass with passthrough, and counts them', () => {
    const room = roomOf({ queueing: 'passthrough' });
    for (const id of ['a', 'b', 'c']) expect(room.enter(id, 0)).toEqual(admitted(0));
    expect(room.visit('d', 0)).toBe(true);
    expect(room.occupancy(0)).toEqual({ active: 4, waiting: 0 });
    room.leave('a', 1_000);
    expect(room.occupancy(10_000)).toEqual({ active: 0, waiting: 0 });
  });

  it('remembers no more visitors than its limit, and has room when some are gone', () => {
    const room = roomOf({}, 2);
    room.enter('a', 0);
    room.enter('b', 0);
    expect(room.enter('c', 0)).toEqual({ kind: 'full' });
    expect(room.enter('b', 1)).toMatchObject({ kind: 'waiting' });
    room.leave('a', 2);
    expect(room.enter('c', 3)).toMatchObject({ kind: 'waiting' });
  });

  it('takes a clock that steps back for one that stands still', () => {
    const room = roomOf();
    room.enter('a', 5_000);
    room.leave('a', 1_000);
    expect(room.enter('b', 0)).toMatchObject({ kind: 'waiting', estimatedWaitMs: 1_000 });
    expect(room.enter('b', 6_000)).toEqual(admitted(6_000));
  });
});
