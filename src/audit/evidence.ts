import type { Epoch } from '../core/clock.ts';
import type { Contract } from '../history/contract.ts';
import type { AttemptStore } from '../history/store.ts';
import type { TruthSnapshot } from '../history/truth.ts';

/** What a run left behind to be judged by. */
export interface Evidence {
  readonly runId: string;
  readonly contract: Contract;
  /** Both clocks at ns 0 of the attempts. */
  readonly epoch: Epoch;
  /** Opening, ns since the epoch. */
  readonly openingNs: number;
  /** Every attempt of every worker; witnesses point into it, so it should be in time order. */
  readonly attempts: AttemptStore;
  readonly truth?: TruthSnapshot | undefined;
  /** Why `truth` is missing or not quiesced, for people. */
  readonly truthNote?: string | undefined;
  /** True when the snapshot was taken with nothing in flight and did not change any more. */
  readonly quiesced: boolean;
  /** True when a signal ended the run early: attempts may be missing from the history. */
  readonly interrupted: boolean;
  /**
   * True when nobody but this run can have reached the stock, as with the reference server. Else a
   * row that the run did not cause is foreign traffic, not a phantom.
   */
  readonly exclusive: boolean;
  readonly faults: readonly FaultEvidence[];
  /** Share of keys that may stay unresolved before a pass is vacuous (I20), 0 to 1. */
  readonly unresolvedBudget?: number;
}

/** A planned fault and whether it happened. */
export interface FaultEvidence {
  readonly description: string;
  readonly fired: boolean;
  /** What was done, or why nothing was. */
  readonly detail: string;
}

/** Default of {@link Evidence.unresolvedBudget}: 0.5 %. */
export const defaultUnresolvedBudget = 0.005;
