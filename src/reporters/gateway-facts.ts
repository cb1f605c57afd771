import { formatCount, formatDurationMs } from '../core/units.ts';
import type { LimitSummary, SessionSummary } from '../results/gateway/summary.ts';
import type { RunResult } from '../results/result.ts';
import type { Fact } from './facts.ts';
import { formatShare } from './figures.ts';

/** How exactly the rules at the gateway held. */
export function gatewayFacts({ gateway }: RunResult): Fact[] {
  const limit = gateway?.limit ?? null;
  const sessions = gateway?.sessions ?? null;
  return [
    ...(limit === null ? [] : accuracyFacts(limit)),
    ...(sessions === null ? [] : [sessionFact(sessions)]),
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
  const { logouts } = sessions;
  const stale =
    sessions.staleRequests === 0
      ? 'none honoured after its end'
      : `${formatCount(sessions.staleRequests)} requests honoured up to ` +
        `${formatDurationMs(sessions.stalenessMaxMs)} after the end`;
  const facts = [...(logouts === 0 ? [] : [`${formatCount(logouts)} logged out`]), stale].join(
    ', ',
  );
  return { label: 'sessions', text: capText(sessions, facts) };
}

function capText(
  { maximumSessions, onExceed, beyondCap, beyondCapByAnswers, overEvicted }: SessionSummary,
  facts: string,
): string {
  if (maximumSessions === null) return facts;
  const beyond = Math.max(beyondCap ?? 0, beyondCapByAnswers);
  return (
    `${maximumSessions} to a person (${onExceed}): ${formatCount(beyond)} beyond the cap, ${facts}, ` +
    `${formatCount(overEvicted)} ended without reason`
  );
}
