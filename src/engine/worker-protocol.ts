import type { Epoch } from '../core/clock.ts';
import type { WorkerFigures } from '../history/run-record.ts';
import type { AttemptChunk } from '../history/store.ts';
import type { Scenario } from '../scenarios/schema.ts';
import type { ProtocolSpec } from '../targets/target.ts';
import type { LiveFigures } from './live-figures.ts';

/**
 * What the coordinator and a load-generating process say to each other, over IPC with structured
 * cloning. A worker plays the users with `user % workers === worker`; it makes the plan itself from
 * scenario and seed, so nothing about single users crosses the channel.
 */
export interface WorkerJob {
  readonly runId: string;
  readonly worker: number;
  readonly workers: number;
  readonly seed: number;
  readonly scenario: Scenario;
  /** The opening, ns from t = 0. */
  readonly openingNs: number;
  readonly epoch: Epoch;
  readonly protocol: ProtocolSpec;
  /** File that acknowledged orders are journalled to. */
  readonly journalPath: string;
}

/**
 * What the coordinator tells a worker, in this order; `halt` may come at any time. A worker ends when
 * its channel closes.
 */
export type ToWorker =
  | { readonly kind: 'prepare'; readonly job: WorkerJob }
  /** Begin: t = 0 and the closing, if there is one, on the run's clock. */
  | { readonly kind: 'begin'; readonly zeroNs: number; readonly closesNs: number | undefined }
  /** Start nothing more; what is under way may end. */
  | { readonly kind: 'halt' }
  /** Look up the outcome of intents that nobody knows. */
  | { readonly kind: 'resolve' }
  /** Hand over what is left of the sale. */
  | { readonly kind: 'finish' }
  /** Make ready to play the positive control. */
  | { readonly kind: 'control'; readonly productId: string }
  /** Play it from `startNs` of the run's clock on. */
  | { readonly kind: 'control-begin'; readonly startNs: number };

/** What a worker tells the coordinator. */
export type FromWorker =
  /** Connected and logged in, as far as it went. */
  | { readonly kind: 'prepared'; readonly figures: WorkerFigures; readonly planHash: string }
  | { readonly kind: 'progress'; readonly progress: WorkerProgress }
  /** How many devices were ready just before the opening. */
  | { readonly kind: 'opening'; readonly warm: WarmFigures }
  | { readonly kind: 'chunk'; readonly chunk: AttemptChunk }
  /** Every intent has come to its end and nothing is in flight. */
  | { readonly kind: 'drained' }
  | { readonly kind: 'resolved' }
  | { readonly kind: 'finished'; readonly figures: WorkerFigures }
  | { readonly kind: 'control-ready' }
  /** The positive control is over; requests that were sent for it. */
  | { readonly kind: 'controlled'; readonly attempts: number }
  | { readonly kind: 'failed'; readonly message: string };

/** Connections that were ready just before the opening, by the server process that holds them. */
export interface WarmFigures {
  readonly connections: number;
  readonly warmConnections: number;
  readonly perInstance: Readonly<Record<string, number>>;
}

/** Running totals of one worker. */
export interface WorkerProgress {
  readonly devicesReady: number;
  readonly devices: number;
  readonly requests: number;
  readonly inFlight: number;
  /** How far behind its plan it has been in the last second, in milliseconds. */
  readonly behindMs: number;
  /** Answers to orders by code. */
  readonly codes: Readonly<Record<string, number>>;
  /** Where a threshold may end the run. */
  readonly live?: LiveFigures;
}
