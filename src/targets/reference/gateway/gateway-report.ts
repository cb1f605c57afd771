import type { TruthSessions } from '../../../history/truth.ts';

/** What the gateway of a server process knows, or those of all of them together. */
export interface GatewayReport {
  /** Of the one server process that has the sessions in its memory; null where they are in a store. */
  readonly sessions: TruthSessions | null;
  /** Requests that were let through because the limiter could not be asked. */
  readonly failedOpen: number;
}

/** The reports of all server processes as one. */
export function mergedReport(reports: readonly GatewayReport[]): GatewayReport {
  return {
    sessions: reports.find(({ sessions }) => sessions !== null)?.sessions ?? null,
    failedOpen: reports.reduce((sum, { failedOpen }) => sum + failedOpen, 0),
  };
}
