import type { AuditReport } from '../../audit/audit.ts';
import type { RunOutcome } from '../../engine/run-outcome.ts';
import { evidenceOf } from '../evidence.ts';
import { limitFigures } from './limit-figures.ts';
import { sessionFigures } from './session-figures.ts';
import type { GatewaySummary } from './summary.ts';

/**
 * What came of the rules at the gateway.
 *
 * @param exclusive nobody but this run can have reached the server, as with the reference server
 */
export function gatewayFigures(
  outcome: RunOutcome,
  { invariants }: AuditReport,
  exclusive: boolean,
): GatewaySummary {
  const evidence = evidenceOf(outcome, exclusive);
  const { rateLimit } = outcome.contract;
  return {
    limit:
      rateLimit === undefined
        ? null
        : limitFigures(evidence, rateLimit, {
            over: invariants.overAdmission?.lo,
            under: invariants.underAdmission?.lo,
          }),
    sessions: sessionFigures(evidence),
  };
}
