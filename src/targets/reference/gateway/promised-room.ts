import type { WaitingRoomContract } from '../../../history/contract.ts';
import type { WaitingRoomSettings } from './waiting-room.ts';

/** What a waiting room with these settings promises. */
export function promisedRoom({
  totalActiveUsers,
  newUsersPerMinute,
  queueing,
  sessionDurationMs,
  refreshEveryMs,
}: WaitingRoomSettings): WaitingRoomContract {
  return { totalActiveUsers, newUsersPerMinute, queueing, sessionDurationMs, refreshEveryMs };
}
