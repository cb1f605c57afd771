import { formatCount, formatDurationMs } from '../core/units.ts';
import type {
  LimitSummary,
  SessionSummary,
  WaitingRoomSummary,
  WaitSummary,
} from '../results/gateway/summary.ts';
import type { RunResult } from '../results/result.ts';
import type { Fact } from './facts.ts';
import { formatShare } from './figures.ts';
import { plain } from './text.ts';

/** How exactly the rules at the gateway held. */
export function gatewayFacts(result: RunResult): Fact[] {
  const { gateway } = result;
  const limit = gateway?.limit ?? null;
  const sessions = gateway?.sessions ?? null;
  return [
    ...(limit === null ? [] : accuracyFacts(limit)),
    ...(sessions === null ? [] : [sessionFact(sessions)]),
    ...waitingRoomFacts(result),
  ];
}

function accuracyFacts(limit: LimitSummary): Fact[] {
  const { algorithm, key, windowMs, admitted, limited, burstFactor, fairness, failedOpen } = limit;
  const whom = key === 'global' ? 'all together' : `each ${key}`;
  const over = accuracyText('over', limit.overAdmission);
  const under = accuracyText('under', limit.underAdmission);
  return [
    {
      label: 'rate limit',
      text:
        `${algorithm}, ${formatCount(limit.limit)} in ${formatDurationMs(windowMs)} for ${whom}: ` +
        `${formatCount(limited)} of ${formatCount(admitted + limited)} refused`,
    },
    {
      label: 'accuracy',
      text:
        `${over}, ${under}, burst factor ${burstFactor.toFixed(2)} ` +
        `(${formatCount(limit.fullestWindow)} within one window's length)` +
        (fairness === null ? '' : `, Jain fairness ${fairness.toFixed(3)}`),
    },
    ...retryAfterFacts(limit),
    ...(failedOpen === null || failedOpen === 0
      ? []
      : [{ label: 'failed open', text: `${formatCount(failedOpen)} let through without asking` }]),
  ];
}

function accuracyText(what: 'over' | 'under', share: number | null): string {
  return `${what}-admission ${share === null ? 'not known' : formatShare(share, 1)}`;
}

function retryAfterFacts({ retryAfter }: LimitSummary): Fact[] {
  const { told, broken, tooLongMs } = retryAfter;
  if (told === 0) return [];
  const early =
    tooLongMs === null
      ? ''
      : `; others came in up to ${formatDurationMs(tooLongMs.max)} earlier than told`;
  const text = `${formatCount(told)} told, ${formatCount(broken)} refused again when they came as told`;
  return [{ label: 'Retry-After', text: `${text}${early}` }];
}

function sessionFact(sessions: SessionSummary): Fact {
  const { maximumSessions, onExceed, beyondCap, beyondCapByAnswers } = sessions;
  const stale =
    sessions.staleRequests === 0
      ? 'none honoured after its end'
      : `${formatCount(sessions.staleRequests)} requests honoured up to ` +
        `${formatDurationMs(sessions.stalenessMaxMs)} after the end`;
  const beyond = Math.max(beyondCap ?? 0, beyondCapByAnswers);
  return {
    label: 'sessions',
    text:
      `${maximumSessions} to a person (${onExceed}): ${formatCount(beyond)} beyond the cap, ${stale}, ` +
      `${formatCount(sessions.overEvicted)} ended without reason`,
  };
}

/** What came of a waiting room; nothing where there is none. */
export function waitingRoomFacts({ gateway }: Pick<RunResult, 'gateway'>): Fact[] {
  const room = gateway?.waitingRoom;
  if (room === undefined) return [];
  const { came, admitted, waitMs } = room;
  const facts: Fact[] = [
    {
      label: 'waiting room',
      text:
        `${limitsText(room)}: ${formatCount(admitted)} of ${formatCount(came)} ` +
        `let in, ${formatCount(room.abandoned)} went away, ${formatCount(room.stillWaiting)} still waited`,
    },
  ];
  if (waitMs === null) return facts;
  return [
    ...facts,
    {
      label: 'waits',
      text: `${waitText(waitMs)}; ${formatCount(room.waitingMax)} waited at once`,
    },
    {
      label: 'let in',
      text:
        `${formatCount(room.insideMax)} inside at once, ${formatCount(room.admittedPerMinuteMax)} ` +
        `within a minute, ${formatCount(room.admittedPerSecondMax)} within a second${excessText(room)}`,
    },
    { label: 'turns', text: turnsText(room) },
    ...room.groups.map(({ name, ...group }) => ({
      label: `${name} let in`,
      text:
        `${formatCount(group.admitted)} of ${formatCount(group.came)}` +
        (group.waitMs === null ? '' : `, ${waitText(group.waitMs)}`),
    })),
  ];
}

function limitsText({ queueing, totalActiveUsers, newUsersPerMinute }: WaitingRoomSummary): string {
  if (queueing === 'passthrough') return 'passthrough, nobody is held back';
  const limits = `${formatCount(totalActiveUsers)} inside and ${formatCount(newUsersPerMinute)} a minute`;
  return `${plain(queueing, 24)}, at most ${limits}`;
}

/** Only what cannot have been: a room that keeps its limit is never accused. */
function excessText({ queueing, totalActiveUsers, insideCertainMax }: WaitingRoomSummary): string {
  const beyond = insideCertainMax - totalActiveUsers;
  return queueing === 'passthrough' || beyond <= 0
    ? ''
    : `; ${formatCount(beyond)} beyond the limit inside for certain`;
}

function waitText({ p50, p99, max }: WaitSummary): string {
  return (
    `p50 ${formatDurationMs(p50)}, p99 ${formatDurationMs(p99)}, ` +
    `longest ${formatDurationMs(max)}`
  );
}

function turnsText({ overtaken, fairness }: WaitingRoomSummary): string {
  const order =
    overtaken === null
      ? 'nobody certainly came before another'
      : `${formatShare(overtaken, 1)} of pairs overtaken (50 % is chance)`;
  return fairness === null ? order : `${order}, Jain fairness of the waits ${fairness.toFixed(3)}`;
}
