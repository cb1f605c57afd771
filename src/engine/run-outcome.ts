import type { Epoch } from '../core/clock.ts';
import type { Contract } from '../history/contract.ts';
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
  readonly interrupted: boolean;
  readonly plan: PlanFigures;
  readonly opening: OpeningFigures;
  readonly faults: readonly FaultRecord[];
  readonly incidents: readonly string[];
  readonly warnings: readonly string[];
  readonly workers: readonly WorkerFigures[];
  /** Largest sum of resident memory over all of flashsim's processes, in bytes. */
  readonly rssMaxBytes: number;
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

/** Instants are ns since the run's epoch. */
interface OpeningFigures {
  /** t = 0: every device ready. */
  readonly zeroNs: number;
  readonly opensNs: number;
  readonly opensAtMs: number;
  readonly closesAtMs: number | undefined;
  readonly connections: number;
  readonly warmConnections: number;
  readonly perInstance: Readonly<Record<string, number>>;
}

/** A planned fault and what became of it. Instants are ns since the run’s epoch. */
export interface FaultRecord {
  readonly description: string;
  readonly plannedNs: number;
  /** NaN when it was never tried, because the run ended before. */
  readonly firedNs: number;
  readonly fired: boolean;
  readonly detail: string;
}

/** What one load-generating process says of itself. */
export interface WorkerFigures {
  readonly worker: number;
  readonly devices: number;
  readonly loggedIn: number;
  readonly loginsFailed: number;
  /** Planned first attempts never sent: after `endsAt`, or the run was stopped. */
  readonly droppedArrivals: number;
  readonly cpuSeconds: number;
  readonly eventLoopDelayMaxMs: number;
}
