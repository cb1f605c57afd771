import type { AuditReport } from '../../audit/audit.ts';
import type { RunOutcome } from '../../engine/run-outcome.ts';
import type { Scenario } from '../../scenarios/schema.ts';
import { evidenceOf } from '../evidence.ts';
import { limitFigures } from './limit-figures.ts';
import { sessionFigures } from './session-figures.ts';
import type { GatewaySummary } from './summary.ts';
import { waitingRoomFigures } from './waiting-room/waiting-room-figures.ts';

/**
 * What came of the rules at the gateway.
 *
 */
export function gatewayFigures(
  outcome: RunOutcome,
  { invariants }: AuditReport,
  scenario: Pick<Scenario, 'target' | 'workload'>,
): GatewaySummary {
  // Nobody but this run can have reached the reference server.
  const evidence = evidenceOf(outcome, scenario.target.reference !== undefined);
  const { rateLimit, waitingRoom, maximumSessions = 0 } = outcome.contract;
  return {
    limit:
      rateLimit === undefined
        ? null
        : limitFigures(evidence, rateLimit, {
            over: invariants.overAdmission?.lo,
            under: invariants.underAdmission?.lo,
          }),
    sessions: maximumSessions < 1 ? null : sessionFigures(evidence, maximumSessions),
    ...(waitingRoom === undefined
      ? {}
      : { waitingRoom: waitingRoomFigures(outcome, scenario, waitingRoom) }),
  };
}
