import { IntervalList } from '../../../audit/checkers/grouping.ts';
import { peakHold } from '../../../audit/checkers/peak-hold.ts';
import { fullestWindow } from '../../../audit/checkers/sliding-window.ts';
import { nsPerMs, nsPerS } from '../../../core/clock.ts';
import type { RunOutcome } from '../../../engine/run-outcome.ts';
import { groupIndexOf, groupsOf } from '../../../scenarios/groups.ts';
import type { Scenario } from '../../../scenarios/schema.ts';
import { jainIndex } from '../limit-figures.ts';
import type { WaitingRoomGroup, WaitingRoomSummary, WaitSummary } from '../summary.ts';
import { countOvertaking } from './overtaking.ts';
import { collectStays, type Stay } from './stays.ts';

/** What came of a waiting room, from the answers that its visitors got; undefined where none is promised. */
export function waitingRoomFigures(
  outcome: RunOutcome,
  { workload }: Pick<Scenario, 'workload'>,
): WaitingRoomSummary | undefined {
  const { waitingRoom: room } = outcome.contract;
  if (room === undefined) return undefined;
  const stays = collectStays(outcome.attempts, room);
  const letIn = stays.filter(isLetIn).sort((a, b) => a.inSentNs - b.inSentNs);
  const overNs = overNsOf(outcome, workload.endsAt);
  const stillWaiting = stays.filter(
    (stay) => !isLetIn(stay) && stay.waitedDoneNs + room.refreshEveryMs * nsPerMs >= overNs,
  ).length;
  const { pairs, overtaken } = countOvertaking({
    cameSentNs: Float64Array.from(letIn, ({ cameSentNs }) => cameSentNs),
    cameDoneNs: Float64Array.from(letIn, ({ cameDoneNs }) => cameDoneNs),
    inSentNs: Float64Array.from(letIn, ({ inSentNs }) => inSentNs),
    inDoneNs: Float64Array.from(letIn, ({ inDoneNs }) => inDoneNs),
  });
  const { totalActiveUsers, newUsersPerMinute, queueing } = room;
  return {
    totalActiveUsers,
    newUsersPerMinute,
    queueing,
    came: stays.length,
    admitted: letIn.length,
    abandoned: stays.length - letIn.length - stillWaiting,
    stillWaiting,
    waitMs: waitsOf(letIn),
    waitingMax: peakHold(stays.flatMap(waitingChanges)),
    insideMax: peakHold(letIn.flatMap(visitChanges)),
    insideCertainMax: peakHold(letIn.flatMap(insideChanges)),
    admittedPerMinuteMax: fullest(letIn, 60 * nsPerS),
    admittedPerSecondMax: fullest(letIn, nsPerS),
    fairness: jainIndex(letIn.map(waitNs)),
    overtaken: pairs === 0 ? null : overtaken / pairs,
    groups: groupsIn(workload, stays),
  };
}

function isLetIn({ inDoneNs }: Stay): boolean {
  return !Number.isNaN(inDoneNs);
}

function waitNs({ cameSentNs, inDoneNs }: Stay): number {
  return inDoneNs - cameSentNs;
}

/** From when on nobody looked again: the end of the workload, or of a run that was cut short. */
function overNsOf({ opening, interrupted, attempts }: RunOutcome, endsAtMs: number): number {
  const endNs = opening.zeroNs + endsAtMs * nsPerMs;
  if (!interrupted) return endNs;
  let lastNs = Number.NEGATIVE_INFINITY;
  for (const { length, sentNs } of attempts.chunks()) {
    for (let row = 0; row < length; row += 1) {
      const atNs = sentNs[row] ?? Number.NaN;
      if (atNs > lastNs) lastNs = atNs;
    }
  }
  return Math.min(endNs, lastNs);
}

function waitsOf(letIn: readonly Stay[]): WaitSummary | null {
  const waits = Float64Array.from(letIn, waitNs).sort();
  if (waits.length === 0) return null;
  const at = (share: number): number =>
    (waits[Math.max(0, Math.ceil(share * waits.length) - 1)] ?? 0) / nsPerMs;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

/** Waiting for certain from the first answer that says so until the request that lets it in is sent. */
function waitingChanges({ cameDoneNs, waitedDoneNs, inSentNs }: Stay) {
  if (Number.isNaN(waitedDoneNs)) return [];
  const untilNs = Number.isNaN(inSentNs) ? waitedDoneNs : inSentNs;
  return [
    { atNs: cameDoneNs, delta: 1 },
    { atNs: untilNs, delta: -1 },
  ];
}

/** Inside as the visitor sees it: from the answer that let them in to the last answer to an order. */
function visitChanges({ inDoneNs, answeredNs }: Stay) {
  if (!(answeredNs > inDoneNs)) return [];
  return [
    { atNs: inDoneNs, delta: 1 },
    { atNs: answeredNs, delta: -1 },
  ];
}

function insideChanges({ inDoneNs, insideUntilNs }: Stay) {
  if (!(insideUntilNs > inDoneNs)) return [];
  return [
    { atNs: inDoneNs, delta: 1 },
    { atNs: insideUntilNs, delta: -1 },
  ];
}

/** Most who were let in within any stretch of that length, for certain. `letIn` is in order of time. */
function fullest(letIn: readonly Stay[], widthNs: number): number {
  const list = new IntervalList(letIn.length);
  for (const { inSentNs, inDoneNs } of letIn) list.add(inSentNs, inDoneNs);
  return fullestWindow(list.seal(), widthNs).count;
}

function groupsIn(
  workload: Scenario['workload'],
  stays: readonly Stay[],
): readonly WaitingRoomGroup[] {
  if (workload.groups === undefined) return [];
  const groups = groupsOf(workload);
  const byGroup = groups.map((): Stay[] => []);
  for (const stay of stays) byGroup[groupIndexOf(groups, stay.user)]?.push(stay);
  return groups.map(({ name }, index) => {
    const own = byGroup[index] ?? [];
    const letIn = own.filter(isLetIn);
    return { name, came: own.length, admitted: letIn.length, waitMs: waitsOf(letIn) };
  });
}
