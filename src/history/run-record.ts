import type { Operation } from './vocabulary.ts';

/**
 * What a run says of itself beside its attempts and the store: part of `run.json`, so that a run can
 * be judged and reported again from its folder. Instants are ns since the run's epoch.
 */

/** The opening as it was played. */
export interface OpeningFigures {
  /** t = 0: every device ready. */
  readonly zeroNs: number;
  readonly opensNs: number;
  /** Wall clock, ms since 1970. */
  readonly opensAtMs: number;
  readonly closesAtMs: number | undefined;
  readonly connections: number;
  readonly warmConnections: number;
  /** Warm connections by server process. */
  readonly perInstance: Readonly<Record<string, number>>;
}

/** Why a threshold with `abortOnFail` ended the run. */
export interface AbortRecord {
  readonly metric: string;
  /** As it was written. */
  readonly limit: string;
  /** What it had come to by then, in the metric's unit. */
  readonly value: number;
  readonly afterOpeningNs: number;
}

/** A planned fault and what became of it. */
export interface FaultRecord {
  readonly description: string;
  readonly plannedNs: number;
  /** NaN when it was never tried, because the run ended before. */
  readonly firedNs: number;
  readonly fired: boolean;
  readonly detail: string;
}

/** What was done to the sale while it ran. */
export type SaleEvent =
  | { readonly kind: 'restock'; readonly productId: string; readonly quantity: number }
  /** Cached counts of the product are loaded anew, over those that are there. */
  | { readonly kind: 'warm-up'; readonly productId: string }
  | { readonly kind: 'close' };

/** A planned event and what became of it: it took effect within [sentNs, doneNs] when it is `ok`. */
export interface EventRecord {
  readonly event: SaleEvent;
  readonly plannedNs: number;
  /** NaN when it was never sent. */
  readonly sentNs: number;
  /** Infinity when nobody knows whether and when it took effect. */
  readonly doneNs: number;
  readonly outcome: 'ok' | 'fail' | 'info';
  readonly detail: string;
}

/**
 * The positive control: an excerpt of the same profile against a product counted down by `naive`. A
 * profile that does not make that oversell had no contention, and a pass means nothing.
 */
export interface ControlRecord {
  /**
   * - `oversold`: as it should be.
   * - `exact`: it was played and nothing was oversold.
   * - `skipped`: nobody wanted it (`--no-control`), or it does not apply.
   * - `failed`: it could not be played.
   */
  readonly state: 'oversold' | 'exact' | 'skipped' | 'failed';
  readonly stock: number;
  /** Units in committed orders of the control product. */
  readonly soldUnits: number;
  readonly attempts: number;
  /** How long it took, in milliseconds. */
  readonly durationMs: number;
  /** Why it was skipped or failed; empty otherwise. */
  readonly reason: string;
}

/** An invariant of the user's own, as its query came out when everything had come to rest. */
export interface CheckRecord {
  readonly name: string;
  /** A comparison as it was written, such as `0` or `<= 5`. */
  readonly expect: string;
  /** null when there is none. */
  readonly value: number | null;
  /** Why there is no value; empty when there is one. */
  readonly problem: string;
}

/** How many requests the target was working on, as it told. */
export interface BacklogRecord {
  readonly atNs: number;
  readonly requests: number;
}

/** Requests that found no connection of the pool free. Part of their response times. */
interface PoolWaitFigures {
  readonly count: number;
  readonly totalMs: number;
  readonly maxMs: number;
}

/** A histogram as plain values: cells that hold something, each with its count. */
interface HistogramRecord {
  readonly cells: readonly (readonly [cell: number, count: number])[];
  readonly maxUs: number;
  readonly negativeCount: number;
  readonly overflowCount: number;
}

/** What a load-generating process measured of itself, from t = 0 until its last answer. */
export interface SelfCheckFigures {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** CPU time of its busiest second, as a share of one core. */
  readonly cpuShareMax: number;
  /** How long its event loop stood still. */
  readonly eventLoopDelayP99Ms: number;
  readonly eventLoopDelayMaxMs: number;
  /** How late it began requests after they were due. Waiting for a connection is no part of it. */
  readonly latenessUs: HistogramRecord;
  /** Errors of its sockets by the system's code, such as EMFILE; those of the warm-up included. */
  readonly socketErrors: Readonly<Record<string, number>>;
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
  /** How long requests waited for a connection; left out when every device has its own. */
  readonly poolWaits?: PoolWaitFigures;
  /** Left out by older versions, and when there was no sale. */
  readonly selfCheck?: SelfCheckFigures;
  /** Answers that nothing was declared for; left out when there were none. */
  readonly unmapped?: readonly UnmappedRecord[];
}

/** Answers of one kind that nothing was declared for. */
export interface UnmappedRecord {
  readonly operation: Operation;
  readonly status: number;
  readonly count: number;
  /** The first of them, shortened, without what looks like a secret. */
  readonly example: string;
}
