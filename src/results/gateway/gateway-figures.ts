import type { AuditReport } from '../../audit/audit.ts';
import type { Evidence } from '../../audit/evidence.ts';
import { limitFigures } from './limit-figures.ts';
import { sessionFigures } from './session-figures.ts';
import type { GatewaySummary } from './summary.ts';

/** What came of the rules at the gateway, by the evidence that the audit judged. */
export function gatewayFigures(evidence: Evidence, { invariants }: AuditReport): GatewaySummary {
  const { rateLimit, maximumSessions = 0 } = evidence.contract;
  return {
    limit:
      rateLimit === undefined
        ? null
        : limitFigures(evidence, rateLimit, {
            over: invariants.overAdmission?.lo,
            under: invariants.underAdmission?.lo,
          }),
    sessions: maximumSessions < 1 ? null : sessionFigures(evidence, maximumSessions),
  };
}
