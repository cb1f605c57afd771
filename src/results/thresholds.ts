import type { InvariantResult } from '../audit/invariant.ts';
import { type Verdict, verdicts, worst } from '../audit/verdict.ts';
import { nsPerMs } from '../core/clock.ts';
import { formatDurationMs } from '../core/units.ts';
import type { AbortRecord } from '../history/run-record.ts';
import {
  type Percentile,
  percentiles,
  type ScalarMetric,
  scalarMetrics,
  timedOperations,
} from '../metrics/names.ts';
import { meets, type Threshold } from '../scenarios/thresholds.ts';
import { resultKeys } from './metric-values.ts';
import type { OperationLatency, ThresholdResult } from './result.ts';

/**
 * How limits make the verdict:
 *
 * 1. Every judged invariant has the limit 0 (its verdict as the audit gave it).
 * 2. A threshold on an invariant REPLACES that limit: with `undersell: 5`, five units may be left.
 * 3. A threshold on anything else comes on top.
 * 4. The worst of all of them is the run's verdict.
 *
 * A figure that is only known to lie in [lo, hi] passes when all of the interval meets the limit, is
 * violated when none of it does, and is unknown in between.
 */
export interface Interval {
  readonly lo: number;
  /** null when there is no upper bound. */
  readonly hi: number | null;
}

/** A metric's figure, or why there is none. */
export type MetricFigure =
  | (Interval & { readonly unit: string; readonly reason?: string })
  | { readonly missing: string; readonly unit: string };

/** A judged run, before the limits of its scenario are applied. */
export interface LimitedRun {
  readonly invariants: readonly InvariantResult[];
  readonly notJudged: readonly { readonly name: string; readonly reason: string }[];
  /** The audit's own verdict: never better than the worst of its invariants. */
  readonly auditVerdict: Verdict;
  readonly metric: (name: string) => MetricFigure | undefined;
  /** The threshold that ended the run: it had failed then, whatever it came to in the end. */
  readonly abort?: AbortRecord | undefined;
}

/** A judged run, after the limits of its scenario were applied. */
export interface LimitVerdicts {
  readonly verdict: Verdict;
  /** The invariants, each with the verdict against the limit that holds for it. */
  readonly invariants: readonly InvariantResult[];
  readonly thresholds: readonly ThresholdResult[];
}

/** Applies the scenario's thresholds, as the rules above say. */
export function applyThresholds(thresholds: readonly Threshold[], run: LimitedRun): LimitVerdicts {
  const results = thresholds.map((threshold) => {
    const result = judgeThreshold(threshold, run);
    return run.abort?.metric === threshold.metric ? failed(result, run.abort) : result;
  });
  const byMetric = new Map(results.map((result) => [result.metric, result]));
  const invariants = run.invariants.map((invariant) => {
    const replaced = byMetric.get(invariant.name);
    if (replaced === undefined || replaced.verdict === invariant.verdict) return invariant;
    return { ...invariant, verdict: replaced.verdict, reason: limitNote(invariant, replaced) };
  });
  // An audit may know a reason beyond its invariants, such as a checker that crashed: that stays.
  const ofInvariants = worst(...run.invariants.map(({ verdict }) => verdict));
  const beyond = isWorse(run.auditVerdict, ofInvariants) ? run.auditVerdict : 'pass';
  const verdict = worst(
    beyond,
    ...invariants.map((invariant) => invariant.verdict),
    ...results.map((result) => result.verdict),
  );
  return { verdict, invariants, thresholds: results };
}

/** The figure of the end stands where there is one; what it was when it failed does else. */
function failed(result: ThresholdResult, { value, afterOpeningNs }: AbortRecord): ThresholdResult {
  const after = formatDurationMs(afterOpeningNs / nsPerMs);
  const reason = `it failed ${after} after the opening and ended the run (abortOnFail)`;
  return { ...result, verdict: 'violated', value: result.value ?? value, reason };
}

function isWorse(a: Verdict, b: Verdict): boolean {
  return verdicts.indexOf(a) > verdicts.indexOf(b);
}

function limitNote(invariant: InvariantResult, { limit }: ThresholdResult): string {
  const note = `the scenario's limit is ${limit}`;
  return invariant.reason === undefined ? note : `${note}; ${invariant.reason}`;
}

function judgeThreshold(threshold: Threshold, run: LimitedRun): ThresholdResult {
  const { metric, text: limit } = threshold;
  const invariant = run.invariants.find(({ name }) => name === metric);
  if (invariant !== undefined) return judgeInvariant(threshold, invariant);
  const figure = run.metric(metric) ?? {
    missing: notJudgedReason(metric, run),
    unit: '',
  };
  if ('missing' in figure) {
    const { missing: reason, unit } = figure;
    return { metric, limit, verdict: 'unknown', value: null, unit, reason };
  }
  const { lo, hi, unit, reason } = figure;
  const value = lo === hi ? lo : null;
  const verdict = gateInterval(threshold, figure);
  return { metric, limit, verdict, value, unit, ...(reason === undefined ? {} : { reason }) };
}

function notJudgedReason(name: string, { notJudged }: LimitedRun): string {
  const reason = notJudged.find((entry) => entry.name === name)?.reason;
  return reason === undefined ? 'it was not judged' : `it was not judged: ${reason}`;
}

function judgeInvariant(threshold: Threshold, invariant: InvariantResult): ThresholdResult {
  const { metric, text: limit } = threshold;
  const { value, unit, reason } = invariant;
  const verdict = gateInvariant(threshold, invariant);
  return { metric, limit, verdict, value, unit, ...(reason === undefined ? {} : { reason }) };
}

/**
 * The interval decides, with two exceptions, both about an audit that answered `unknown`:
 * - although the interval keeps the default limit: evidence of another kind is lacking, which no
 *   looser limit makes up for;
 * - although the interval breaks it: the invariant casts doubt and never convicts (nonVacuity).
 */
function gateInvariant(threshold: Threshold, invariant: InvariantResult): Verdict {
  const verdict = gateInterval(threshold, invariant);
  if (invariant.verdict !== 'unknown') return verdict;
  const lacksEvidence = invariant.hi !== null && invariant.hi <= 0;
  if (lacksEvidence) return worst(verdict, 'unknown');
  const onlyDoubts = invariant.lo > 0;
  return onlyDoubts && verdict === 'violated' ? 'unknown' : verdict;
}

/** Gates a figure that lies in [lo, hi]. */
export function gateInterval(threshold: Threshold, { lo, hi: bound }: Interval): Verdict {
  const hi = bound ?? Number.POSITIVE_INFINITY;
  if (threshold.comparison === '==') {
    if (lo === hi) return lo === threshold.limit ? 'pass' : 'violated';
    return threshold.limit < lo || threshold.limit > hi ? 'violated' : 'unknown';
  }
  const meetsLo = meets(threshold, lo);
  const meetsHi = meets(threshold, hi);
  if (meetsLo && meetsHi) return 'pass';
  return meetsLo || meetsHi ? 'unknown' : 'violated';
}

/** Figures of the plain metrics; a missing one says why, and another may say where it comes from. */
export type ScalarFigures = Readonly<Record<ScalarMetric, ScalarFigure>>;

/** A figure of one plain metric. */
export type ScalarFigure = (Interval & { readonly reason?: string }) | { readonly missing: string };

/**
 * Looks metrics up by the names that `metrics/names.ts` lists.
 *
 * @param bottlenecks why the load generator did not keep up: then nobody knows which part of a latency
 * is the server's
 */
export function metricLookup(
  scalars: ScalarFigures,
  latencyUs: Readonly<Record<string, OperationLatency>>,
  bottlenecks: readonly string[] = [],
): (name: string) => MetricFigure | undefined {
  return (name) => {
    if (Object.hasOwn(scalarMetrics, name)) {
      const metric = name as ScalarMetric;
      return { ...scalars[metric], unit: scalarMetrics[metric].unit };
    }
    const figure = latencyFigure(name, latencyUs);
    const [cause] = bottlenecks;
    if (figure === undefined || 'missing' in figure || cause === undefined) return figure;
    return { missing: `the load generator was the bottleneck: ${cause}`, unit: figure.unit };
  };
}

function latencyFigure(
  name: string,
  latencyUs: Readonly<Record<string, OperationLatency>>,
): MetricFigure | undefined {
  const operation = timedOperations.find((candidate) => name.startsWith(`${candidate}.`));
  if (operation === undefined) return undefined;
  const rest = name.slice(operation.length + 1);
  const kind = rest.startsWith('service.') ? 'service' : 'response';
  const percentile = rest.slice(kind === 'service' ? 'service.'.length : 0);
  if (!Object.hasOwn(percentiles, percentile)) return undefined;
  const latency = latencyUs[operation];
  if (latency === undefined || latency.count === 0) {
    return { missing: `no ${operation} request was timed`, unit: 'µs' };
  }
  const value = latency[kind][resultKeys[percentile as Percentile]];
  return { lo: value, hi: value, unit: 'µs' };
}
