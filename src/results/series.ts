import { type Verdict, worst } from '../audit/verdict.ts';
import { spreadOf } from './comparison/compare.ts';
import type { Spread } from './comparison/comparison.ts';
import { metricValues } from './metric-values.ts';
import type { RunResult } from './result.ts';

/** Name of the file that sums up a series, in the folder that holds its runs. */
export const seriesFile = 'series.json';

/** What runs of one scenario under several seeds came to: the content of `series.json`. */
export interface SeriesResult {
  readonly schemaVersion: 1;
  readonly flashsim: string;
  readonly name: string;
  readonly scenarioHash: string;
  /** The worst of all runs; `unknown` at best when fewer were played than planned. */
  readonly verdict: Verdict;
  /** True when a signal ended the series early. */
  readonly interrupted: boolean;
  readonly planned: number;
  readonly runs: readonly SeriesRun[];
  /** How often each invariant held, and its largest figure that is certain. */
  readonly invariants: Readonly<Record<string, SeriesInvariant>>;
  readonly metrics: Readonly<Record<string, Spread & { readonly unit: string }>>;
  readonly oversell: FailureBound;
}

/** A run of a series. */
interface SeriesRun {
  /** Its folder, from the folder of the series. */
  readonly folder: string;
  readonly runId: string;
  readonly seed: number;
  readonly verdict: Verdict;
  readonly sold: number | null;
}

/** An invariant over a series. */
interface SeriesInvariant {
  readonly pass: number;
  readonly unknown: number;
  readonly violated: number;
  readonly worst: number;
  readonly unit: string;
}

/** How likely a run fails, by those that were seen. */
export interface FailureBound {
  readonly violated: number;
  /** Runs in which it was decided. */
  readonly decided: number;
  /**
   * With a confidence of 95 % a run fails no more often than this, 0 to 1: 3/n when none of n failed
   * (the rule of three: Hanley and Lippman-Hand, JAMA 1983). null when one did, or none was decided.
   */
  readonly bound: number | null;
}

/** A run with the place of its folder. */
export interface PlayedRun {
  readonly folder: string;
  readonly result: RunResult;
}

/**
 * Sums up a series.
 *
 * @param played at least one run
 */
export function seriesOf(
  played: readonly PlayedRun[],
  told: { readonly planned: number; readonly interrupted: boolean },
): SeriesResult {
  const results = played.map(({ result }) => result);
  const [first] = results;
  const verdict = worst(...results.map((result) => result.verdict));
  const isShort = results.length < told.planned;
  return {
    schemaVersion: 1,
    flashsim: first?.flashsim ?? '',
    name: first?.name ?? '',
    scenarioHash: first?.scenarioHash ?? '',
    verdict: isShort ? worst(verdict, 'unknown') : verdict,
    interrupted: told.interrupted,
    planned: told.planned,
    runs: played.map(({ folder, result: { runId, seed, verdict: ofRun, sold } }) => ({
      folder,
      runId,
      seed,
      verdict: ofRun,
      sold,
    })),
    invariants: invariantsOf(results),
    metrics: metricsOf(results),
    oversell: failureBound(results, 'oversell'),
  };
}

function invariantsOf(results: readonly RunResult[]): Record<string, SeriesInvariant> {
  const found = new Map<string, SeriesInvariant>();
  for (const { invariants } of results) {
    for (const [name, { verdict, lo, unit }] of Object.entries(invariants)) {
      const before = found.get(name) ?? { pass: 0, unknown: 0, violated: 0, worst: 0, unit };
      found.set(name, {
        ...before,
        [verdict]: before[verdict] + 1,
        worst: Math.max(before.worst, lo),
      });
    }
  }
  return Object.fromEntries(found);
}

function metricsOf(results: readonly RunResult[]): SeriesResult['metrics'] {
  const found = new Map<string, { readonly unit: string; readonly values: number[] }>();
  for (const { name, value, unit } of results.flatMap((result) => metricValues(result))) {
    if (value === null) continue;
    const entry = found.get(name) ?? { unit, values: [] };
    entry.values.push(value);
    found.set(name, entry);
  }
  return Object.fromEntries(
    Array.from(found, ([name, { unit, values }]) => [name, { ...spreadOf(values), unit }]),
  );
}

/** Of the runs that decided on an invariant, how many violated it, and what that says of the next. */
function failureBound(results: readonly RunResult[], invariant: string): FailureBound {
  const verdicts = results.flatMap(({ invariants }) => invariants[invariant]?.verdict ?? []);
  const violated = verdicts.filter((verdict) => verdict === 'violated').length;
  const decided = verdicts.filter((verdict) => verdict !== 'unknown').length;
  const bound = violated > 0 || decided === 0 ? null : Math.min(1, 3 / decided);
  return { violated, decided, bound };
}
