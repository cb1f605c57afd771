import { collectSessionCalls } from '../../audit/checkers/session-calls.ts';
import { SessionChecker } from '../../audit/checkers/sessions.ts';
import type { Evidence } from '../../audit/evidence.ts';
import { nsPerMs } from '../../core/clock.ts';
import type { SessionSummary } from './summary.ts';

/** How exactly a cap on devices held, from the answers that its clients got and what the store holds. */
export function sessionFigures(evidence: Evidence, maximumSessions: number): SessionSummary {
  const { onExceed = 'terminate-oldest', graceMs = 0 } = evidence.contract;
  const sessionCalls = collectSessionCalls(evidence, maximumSessions);
  const terms = { maximumSessions, onExceed, graceNs: graceMs * nsPerMs };
  const checker = new SessionChecker(sessionCalls, terms);
  const { starts } = sessionCalls;
  const found = { stale: 0, ended: 0, denied: 0, beyond: 0, stalestNs: 0 };
  for (let user = 0; user + 1 < starts.length; user += 1) {
    const { wrong, beyond } = checker.judge(starts[user] ?? 0, starts[user + 1] ?? 0);
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
