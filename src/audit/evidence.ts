import type { Epoch } from '../core/clock.ts';
import { deviceIdOf, keyOf, parseKey, userIdOf } from '../history/attempt.ts';
import type { Contract } from '../history/contract.ts';
import type { ControlRecord, EventRecord } from '../history/run-record.ts';
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
  /** Why the ledger that the target had shown is not there, for people; undefined when nothing is lost. */
  readonly ledgerNote?: string | undefined;
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
  /** Why the record as such is doubtful, for people: any makes the verdict `unknown` at best. */
  readonly doubts?: readonly string[];
  /** Restocks and closings while the sale ran. */
  readonly events: readonly EventRecord[];
  /** Left out where no positive control applies. */
  readonly control?: ControlRecord | undefined;
  /** What keys, users and devices were called on the wire. */
  readonly names: EvidenceNames;
  /** Share of keys that may stay unresolved before a pass is vacuous (I20), 0 to 1. */
  readonly unresolvedBudget?: number;
}

/** Names on the wire of what a history knows by number. */
export interface EvidenceNames {
  keyOf(intent: number, keyVariant: number): string;
  /** undefined for a key that no attempt of this history can have used. */
  parseKey(key: string): { readonly intent: number; readonly keyVariant: number } | undefined;
  userOf(user: number): string;
  deviceOf(user: number, device: number): string;
}

/** The names that a run of flashsim uses. */
export function namesOfRun(runId: string): EvidenceNames {
  return {
    keyOf: (intent, keyVariant) => keyOf(runId, intent, keyVariant),
    parseKey: (key) => parseKey(runId, key),
    userOf: userIdOf,
    deviceOf: deviceIdOf,
  };
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
