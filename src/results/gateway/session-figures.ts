import { collectSessionCalls } from '../../audit/checkers/session-calls.ts';
import { judgeSessions } from '../../audit/checkers/sessions.ts';
import type { Evidence } from '../../audit/evidence.ts';
import { sessionTermsOf } from '../../audit/invariants/device-limit.ts';
import { nsPerMs } from '../../core/clock.ts';
import type { SessionSummary } from './summary.ts';

/** How exactly a cap on devices held, from the answers that its clients got and what the store holds. */
export function sessionFigures(evidence: Evidence, maximumSessions: number): SessionSummary {
  const { onExceed = 'terminate-oldest' } = evidence.contract;
  const sessionCalls = collectSessionCalls(evidence, maximumSessions);
  const terms = sessionTermsOf(evidence.contract, maximumSessions);
  const found = { stale: 0, ended: 0, denied: 0, beyond: 0, stalestNs: 0 };
  for (const { wrong, beyond } of judgeSessions(sessionCalls, terms).users) {
    found.beyond += beyond;
    for (const { kind, staleNs } of wrong) {
      found[kind] += 1;
      found.stalestNs = Math.max(found.stalestNs, staleNs);
    }
  }
  const alive = evidence.truth?.sessions?.aliveMaxPerUser;
  return {
    maximumSessions,
    onExceed,
    beyondCap: alive === undefined ? null : Math.max(0, alive - maximumSessions),
    beyondCapByAnswers: found.beyond,
    staleRequests: found.stale,
    stalenessMaxMs: found.stalestNs / nsPerMs,
    overEvicted: found.ended,
    refusedLogins: found.denied,
  };
}
