import { formatCount, formatDurationMs } from '../../core/units.ts';
import type { LimitSummary, SessionSummary } from '../../results/gateway/summary.ts';
import type { RunResult } from '../../results/result.ts';
import { fact, formatShare } from './figures.ts';

/** How exactly the rules at the gateway held. */
export function gatewayLines({ gateway }: RunResult, columns: number): string[] {
  const { limit, sessions } = gateway;
  return [
    ...(limit === null ? [] : limitLines(limit, columns)),
    ...(sessions === null ? [] : sessionLines(sessions, columns)),
  ];
}

function limitLines(limit: LimitSummary, columns: number): string[] {
  const { algorithm, key, windowMs, admitted, limited, burstFactor, fairness, failedOpen } = limit;
  const whom = key === 'global' ? 'all together' : `each ${key}`;
  const asked = admitted + limited;
  const over = accuracyText('over', limit.overAdmission);
  const under = accuracyText('under', limit.underAdmission);
  return [
    ...fact(
      'rate limit',
      `${algorithm}, ${formatCount(limit.limit)} in ${formatDurationMs(windowMs)} for ${whom}: ` +
        `${formatCount(limited)} of ${formatCount(asked)} refused`,
      columns,
    ),
    ...fact(
      'accuracy',
      `${over}, ${under}, burst factor ${burstFactor.toFixed(2)} ` +
        `(${formatCount(limit.fullestWindow)} within one window's length)` +
        (fairness === null ? '' : `, Jain fairness ${fairness.toFixed(3)}`),
      columns,
    ),
    ...retryAfterLines(limit, columns),
    ...(failedOpen === null || failedOpen === 0
      ? []
      : fact('failed open', `${formatCount(failedOpen)} let through without asking`, columns)),
  ];
}

function accuracyText(what: 'over' | 'under', share: number | null): string {
  return `${what}-admission ${share === null ? 'not known' : formatShare(share, 1)}`;
}

function retryAfterLines({ retryAfter }: LimitSummary, columns: number): string[] {
  const { told, broken, tooLongMs } = retryAfter;
  if (told === 0) return [];
  const early =
    tooLongMs === null
      ? ''
      : `; others came in up to ${formatDurationMs(tooLongMs.max)} earlier than told`;
  const text = `${formatCount(told)} told, ${formatCount(broken)} refused again when they came as told`;
  return fact('Retry-After', `${text}${early}`, columns);
}

function sessionLines(sessions: SessionSummary, columns: number): string[] {
  const { maximumSessions, onExceed, beyondCap, beyondCapByAnswers } = sessions;
  const stale =
    sessions.staleRequests === 0
      ? 'none honoured after its end'
      : `${formatCount(sessions.staleRequests)} requests honoured up to ` +
        `${formatDurationMs(sessions.stalenessMaxMs)} after the end`;
  const beyond = Math.max(beyondCap ?? 0, beyondCapByAnswers);
  return fact(
    'sessions',
    `${maximumSessions} to a person (${onExceed}): ${formatCount(beyond)} beyond the cap, ${stale}, ` +
      `${formatCount(sessions.overEvicted)} ended without reason`,
    columns,
  );
}
