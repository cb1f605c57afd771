import { judgeSessions } from '../../audit/checkers/judge-sessions.ts';
import { collectSessionCalls } from '../../audit/checkers/session-calls.ts';
import type { Evidence } from '../../audit/evidence.ts';
import { sessionTermsOf } from '../../audit/invariants/device-limit.ts';
import { nsPerMs } from '../../core/clock.ts';
import { kindOf } from '../../history/chunk.ts';
import { type Operation, operations, outcomeClasses } from '../../history/vocabulary.ts';
import type { SessionSummary } from './summary.ts';

/**
 * How exactly a cap on devices held, and what logouts came to, from the answers that clients got and what
 * the store holds. null where there is neither.
 */
export function sessionFigures(evidence: Evidence): SessionSummary | null {
  const terms = sessionTermsOf(evidence);
  const logouts = countOk(evidence, 'logout') + countOk(evidence, 'logout-everywhere');
  const isCapped = terms.maximumSessions !== Infinity;
  if (!isCapped && logouts === 0) return null;
  const sessionCalls = collectSessionCalls(evidence, terms.maximumSessions);
  const found = { stale: 0, ended: 0, denied: 0, beyond: 0, stalestNs: 0 };
  for (const { wrong, beyond } of judgeSessions(sessionCalls, terms).users) {
    found.beyond += beyond;
    for (const { kind, staleNs } of wrong) {
      found[kind] += 1;
      found.stalestNs = Math.max(found.stalestNs, staleNs);
    }
  }
  const alive = isCapped ? evidence.truth?.sessions?.aliveMaxPerUser : undefined;
  return {
    maximumSessions: isCapped ? terms.maximumSessions : null,
    onExceed: terms.onExceed ?? 'terminate-oldest',
    beyondCap: alive === undefined ? null : Math.max(0, alive - terms.maximumSessions),
    beyondCapByAnswers: found.beyond,
    staleRequests: found.stale,
    stalenessMaxMs: found.stalestNs / nsPerMs,
    overEvicted: found.ended,
    refusedLogins: found.denied,
    logouts,
  };
}

/** Attempts of an operation that were answered ok. */
function countOk({ attempts }: Evidence, operation: Operation): number {
  const wanted = kindOf(operations.indexOf(operation), outcomeClasses.indexOf('ok'));
  return attempts.chunks().reduce((sum, { kind, length }) => {
    let count = sum;
    for (let row = 0; row < length; row += 1) if (kind[row] === wanted) count += 1;
    return count;
  }, 0);
}
