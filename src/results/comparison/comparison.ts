import type { Verdict } from '../../audit/verdict.ts';

/**
 * What comparing runs came to: what `flashsim compare --json` prints. Fields are only ever added within
 * a schema version.
 */
export interface Comparison {
  readonly schemaVersion: 1;
  readonly flashsim: string;
  /** `violated`: something regressed; `unknown`: the evidence does not say. The worst of all candidates. */
  readonly verdict: Verdict;
  readonly baseline: SideSummary;
  readonly candidates: readonly CandidateComparison[];
}

/** A run, or the runs of a series, that stand for one state of a system. */
export interface SideSummary {
  /** What it is called: the path that was named. */
  readonly label: string;
  readonly name: string;
  /** The worst of its runs. */
  readonly verdict: Verdict;
  readonly runs: readonly {
    readonly runId: string;
    readonly seed: number;
    readonly verdict: Verdict;
  }[];
}

/** One candidate against the baseline. */
export interface CandidateComparison extends SideSummary {
  readonly comparison: Verdict;
  /** Scenario settings in which the two differ, such as `target.reference.processes: 1 → 2`. */
  readonly differences: readonly string[];
  /** Things to know before trusting the comparison. */
  readonly notes: readonly string[];
  readonly invariants: readonly InvariantChange[];
  readonly metrics: readonly MetricChange[];
}

/**
 * What became of a figure.
 * - `regression`: for the worse, beyond tolerance and noise, and gated.
 * - `worse`, `better`: beyond them too, but nothing gates on it.
 * - `changed`: beyond them, and neither better nor worse.
 * - `unclear`: it looks worse and gates, but the runs vary too much to say, or nobody knows.
 * - `same`: within tolerance, or noise.
 */
export type Change = 'regression' | 'unclear' | 'worse' | 'better' | 'changed' | 'same';

/** An invariant on both sides. */
export interface InvariantChange {
  readonly name: string;
  readonly change: Change;
  readonly baseline: InvariantSide;
  readonly candidate: InvariantSide;
  readonly unit: string;
}

/** How an invariant came out over the runs of a side. */
export interface InvariantSide {
  readonly verdict: Verdict;
  /** Runs in which it was violated, of those in which it was judged. */
  readonly violated: number;
  readonly judged: number;
  /** The largest figure that is certain. */
  readonly worst: number;
}

/** A metric on both sides. */
export interface MetricChange {
  readonly name: string;
  readonly unit: string;
  readonly change: Change;
  readonly gated: boolean;
  readonly baseline: Spread;
  readonly candidate: Spread;
  /** The candidate's median less the baseline's. */
  readonly delta: number;
  /** The same as a share of the baseline's median; null when that is 0. */
  readonly share: number | null;
  /** What `delta` may be in 95 of 100 cases; null when there are too few runs to say. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  /** How far the candidate may be off for the worse. */
  readonly allowed: number;
}

/** A metric over the runs of a side. */
export interface Spread {
  readonly runs: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
}
