import { wallClockMs } from '../../../core/clock.ts';
import { rngFor } from '../../../core/rng.ts';
import {
  type Entrance,
  WaitingRoom,
  type WaitingRoomOptions,
} from '../../../policies/waiting-room/waiting-room.ts';
import { hashOf } from '../sessions/tokens.ts';

/** The waiting room in front of the orders. Plain. */
export interface WaitingRoomSettings extends WaitingRoomOptions {
  /** Decides whose turn it is where that is drawn. */
  readonly seed: number;
}

/**
 * The waiting room of one server process, in its memory. Who waits is known by the token of their session,
 * as browsers are by a cookie: a person with three devices has three places. No session is looked up for it,
 * so that the crowd outside costs nothing but the room.
 */
export interface WaitingRoomDoor {
  readonly refreshEveryMs: number;
  /** Asks to be let in, for the first time or again. */
  enter(token: string): Entrance;
  /** Whether an order with this token may go on. */
  visit(token: string): boolean;
  /** The visitor is done. */
  leave(token: string): void;
  /** Sends everybody away. */
  reset(): void;
}

/** Opens the waiting room of one server process. */
export function openWaitingRoom(
  settings: WaitingRoomSettings,
  nowMs: () => number = wallClockMs,
): WaitingRoomDoor {
  const open = (): WaitingRoom =>
    new WaitingRoom(settings, rngFor(settings.seed, 'waiting-room-calls'));
  let room = open();
  return {
    refreshEveryMs: settings.refreshEveryMs,
    enter: (token) => room.enter(hashOf(token), nowMs()),
    visit: (token) => room.visit(hashOf(token), nowMs()),
    leave: (token) => room.leave(hashOf(token), nowMs()),
    reset: () => {
      room = open();
    },
  };
}
