import type { ScalarMetric } from '../../../metrics/names.ts';
import type { ScalarFigure, ScalarFigures } from '../../thresholds.ts';
import type { WaitingRoomSummary } from '../summary.ts';

/** The metrics that are about a waiting room. */
export type RoomMetric = Extract<ScalarMetric, `waitingRoom.${string}`>;

/** Figures of a waiting room, as thresholds see them. */
export function roomScalars(room: WaitingRoomSummary | undefined): Pick<ScalarFigures, RoomMetric> {
  const none = { missing: 'there is no waiting room' };
  const nobody = { missing: 'nobody was let in' };
  const waitUs = (ms: number | undefined): ScalarFigure =>
    ms === undefined ? nobody : exactly(ms * 1_000);
  const overtaken = room?.overtaken ?? undefined;
  return {
    'waitingRoom.wait.p50': room === undefined ? none : waitUs(room.waitMs?.p50),
    'waitingRoom.wait.p99': room === undefined ? none : waitUs(room.waitMs?.p99),
    'waitingRoom.abandoned': room === undefined ? none : exactly(room.abandoned),
    'waitingRoom.insideMax': room === undefined ? none : exactly(room.insideMax),
    'waitingRoom.overtaken':
      room === undefined
        ? none
        : overtaken === undefined
          ? { missing: 'nobody certainly came before another' }
          : exactly(overtaken),
  };
}

function exactly(value: number): ScalarFigure {
  return { lo: value, hi: value };
}
