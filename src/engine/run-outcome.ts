import type { Epoch } from '../core/clock.ts';
import type { Contract } from '../history/contract.ts';
import type {
  AbortRecord,
  BacklogRecord,
  CheckRecord,
  ControlRecord,
  EventRecord,
  FaultRecord,
  OpeningFigures,
  WorkerFigures,
} from '../history/run-record.ts';
import type { AttemptStore } from '../history/store.ts';
import type { TruthSnapshot } from '../history/truth.ts';

/** Everything that a played run leaves behind; the audit and the results are made from it alone. */
export interface RunOutcome {
  readonly runId: string;
  readonly epoch: Epoch;
  readonly startedAtMs: number;
  readonly contract: Contract;
  /** All attempts of all workers, in time order. */
  readonly attempts: AttemptStore;
  readonly truth: TruthSnapshot | undefined;
  readonly quiesced: boolean;
  /** Why the snapshot is missing or not quiesced. */
  readonly truthNote: string | undefined;
  /** Why the snapshot's ledger is missing: of a run that is read from files. */
  readonly ledgerNote?: string | undefined;
  readonly interrupted: boolean;
  /** The threshold that ended the run early (`abortOnFail`). */
  readonly abort?: AbortRecord;
  readonly plan: PlanFigures;
  readonly opening: OpeningFigures;
  readonly faults: readonly FaultRecord[];
  /** The target's backlog while the sale ran; empty when there were no faults, or it cannot tell. */
  readonly backlog: readonly BacklogRecord[];
  readonly events: readonly EventRecord[];
  /** Invariants of the user's own; empty when there are none. */
  readonly checks: readonly CheckRecord[];
  readonly control: ControlRecord;
  readonly incidents: readonly string[];
  readonly warnings: readonly string[];
  readonly workers: readonly WorkerFigures[];
  /** Largest sum of resident memory over all of flashsim's processes, in bytes. */
  readonly rssMaxBytes: number;
  /** CPU time of the target's processes and stores while the sale ran, in seconds; 0 if unknown. */
  readonly targetCpuSeconds: number;
}

/** What the plan came to, for the results. */
interface PlanFigures {
  readonly hash: string;
  readonly users: number;
  readonly devices: number;
  readonly intents: number;
  /** Per intent: 1 when its arrival belongs to a herd. Index = intent. */
  readonly herd: Uint8Array;
  /** Per intent: planned first attempt, ns from t = 0. */
  readonly arrivalNs: Float64Array;
}
