import { collectSessionCalls } from '../../audit/checkers/session-calls.ts';
import { SessionChecker } from '../../audit/checkers/sessions.ts';
import type { Evidence } from '../../audit/evidence.ts';
import { nsPerMs } from '../../core/clock.ts';
import { kindOf } from '../../history/chunk.ts';
import { type Operation, operations, outcomeClasses } from '../../history/vocabulary.ts';
import type { SessionSummary } from './summary.ts';

/**
 * How exactly a cap on devices held, and what logouts came to, from the answers that clients got and what
 * the store holds. null where there is neither.
 */
export function sessionFigures(evidence: Evidence): SessionSummary | null {
  const { onExceed = 'terminate-oldest', graceMs = 0, maximumSessions = 0 } = evidence.contract;
  const cap = maximumSessions < 1 ? undefined : maximumSessions;
  const logouts = countOk(evidence, 'logout') + countOk(evidence, 'logout-everywhere');
  if (cap === undefined && logouts === 0) return null;
  const { exclusive } = evidence;
  const graceNs = graceMs * nsPerMs;
  const terms = { maximumSessions: cap ?? Infinity, onExceed, graceNs, exclusive };
  const found = findingsOf(evidence, terms);
  const alive = cap === undefined ? undefined : evidence.truth?.sessions?.aliveMaxPerUser;
  return {
    maximumSessions: cap ?? null,
    onExceed,
    beyondCap: alive === undefined ? null : Math.max(0, alive - (cap ?? alive)),
    beyondCapByAnswers: found.beyond,
    staleRequests: found.stale,
    stalenessMaxMs: found.stalestNs / nsPerMs,
    overEvicted: cap === undefined ? 0 : found.ended,
    refusedLogins: cap === undefined ? 0 : found.denied,
    logouts,
  };
}

function findingsOf(evidence: Evidence, terms: ConstructorParameters<typeof SessionChecker>[1]) {
  const sessionCalls = collectSessionCalls(evidence, terms.maximumSessions);
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
  return found;
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
