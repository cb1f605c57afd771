import { worst } from '../../audit/verdict.ts';
import { rngFor } from '../../core/rng.ts';
import { type ConfidenceInterval, differenceOfMedians, median } from '../../metrics/bootstrap.ts';
import { leastTimeToRecover, type MetricValue, metricValues } from '../metric-values.ts';
import type { RunResult } from '../result.ts';
import { compareInvariants } from './compare-invariants.ts';
import type {
  CandidateComparison,
  Change,
  Comparison,
  MetricChange,
  SideSummary,
  Spread,
} from './comparison.ts';
import { type MetricPolicy, policyOf } from './policy.ts';
import { differencesOf } from './scenario-differences.ts';

/** A run, or the runs of a series. */
export interface Side {
  readonly label: string;
  /** At least one. */
  readonly results: readonly RunResult[];
}

/** What is compared, and how strictly. */
export interface CompareOptions {
  readonly baseline: Side;
  readonly candidates: readonly Side[];
  /** How far a gated metric may be off, as a share; left out, 10 %, or 30 % of single runs. */
  readonly tolerance?: number;
  /** Metrics that gate besides, or with a tolerance of their own. */
  readonly gates: ReadonlyMap<string, number | undefined>;
  readonly version: string;
}

/** With fewer runs on either side nothing is known of the noise. */
const runsForInterval = 3;
const confidence = 0.95;
const resamples = 2_000;

/**
 * Tolerances as shares. Of single runs nobody knows how much the next would differ, so theirs is wide:
 * teams that gate on one run write rules such as `p95 < max(1.3 × base, base + 50 ms)`.
 */
const defaultTolerances = { ofSeries: 0.1, ofSingleRuns: 0.3 } as const;
/** The least change of a latency that counts between single runs, in µs. */
const singleRunSlackUs = 50_000;

/** Compares each candidate with the baseline. A function of its arguments: the draws are seeded. */
export function compare(options: CompareOptions): Comparison {
  const candidates = options.candidates.map((side) =>
    compareSides(options.baseline, side, options),
  );
  return {
    schemaVersion: 1,
    flashsim: options.version,
    verdict: worst(...candidates.map(({ comparison }) => comparison)),
    baseline: summaryOf(options.baseline),
    candidates,
  };
}

function compareSides(
  baseline: Side,
  candidate: Side,
  options: CompareOptions,
): CandidateComparison {
  const invariants = compareInvariants(baseline.results, candidate.results);
  const metrics = compareMetrics(baseline, candidate, options);
  const changes = [...invariants, ...metrics];
  const has = (change: Change): boolean => changes.some((found) => found.change === change);
  const lacksEvidence = invariants.some(({ change }) => change === 'unclear');
  const interrupted = candidate.results.some((result) => result.interrupted);
  return {
    ...summaryOf(candidate),
    comparison: has('regression') ? 'violated' : lacksEvidence || interrupted ? 'unknown' : 'pass',
    differences: differencesOf(baseline.results, candidate.results),
    notes: notesOf(baseline, candidate, metrics),
    invariants,
    metrics,
  };
}

function summaryOf({ label, results }: Side): SideSummary {
  return {
    label,
    name: results[0]?.name ?? '',
    verdict: worst(...results.map(({ verdict }) => verdict)),
    runs: results.map(({ runId, seed, verdict }) => ({ runId, seed, verdict })),
  };
}

/** Metrics that both sides have. */
function compareMetrics(baseline: Side, candidate: Side, options: CompareOptions): MetricChange[] {
  const [before, after] = [valuesOf(baseline.results), valuesOf(candidate.results)];
  return [...before].flatMap(([name, { unit, values }]) => {
    const other = after.get(name)?.values ?? [];
    if (values.length === 0 || other.length === 0) return [];
    return [changeOf({ name, unit, baseline: values, candidate: other }, options)];
  });
}

function valuesOf(
  results: readonly RunResult[],
): Map<string, { readonly unit: string; readonly values: number[] }> {
  const found = new Map<string, { unit: string; values: number[] }>();
  for (const result of results) {
    for (const { name, unit, value } of metricValues(result)) {
      const entry = found.get(name) ?? { unit, values: [] };
      // Left out, the runs that came back would speak for those that never did.
      const known = value ?? (name === 'timeToRecover' ? leastTimeToRecover(result) : null);
      if (known !== null) entry.values.push(known);
      found.set(name, entry);
    }
  }
  return found;
}

interface Samples extends Pick<MetricValue, 'name' | 'unit'> {
  readonly baseline: readonly number[];
  readonly candidate: readonly number[];
}

function changeOf(samples: Samples, options: CompareOptions): MetricChange {
  const { name, unit, baseline, candidate } = samples;
  const policy = policyOf(samples);
  const gated = policy.gated || options.gates.has(name);
  const delta = median(candidate) - median(baseline);
  const enough = Math.min(baseline.length, candidate.length) >= runsForInterval;
  const interval = enough
    ? differenceOfMedians({
        baseline,
        candidate,
        confidence,
        resamples,
        // One stream a metric: what else is compared changes nothing.
        rng: rngFor(0, `bootstrap of ${name}`),
      })
    : null;
  const allowed = allowedOf(samples, policy, enough, options);
  return {
    name,
    unit,
    change: judge({ policy, gated, delta, interval, allowed }),
    gated,
    baseline: spreadOf(baseline),
    candidate: spreadOf(candidate),
    delta,
    share: median(baseline) === 0 ? null : delta / median(baseline),
    interval,
    allowed,
  };
}

function allowedOf(
  { name, unit, baseline }: Samples,
  policy: MetricPolicy,
  enough: boolean,
  { gates, tolerance }: CompareOptions,
): number {
  const given = gates.get(name) ?? tolerance;
  const share = given ?? (enough ? defaultTolerances.ofSeries : defaultTolerances.ofSingleRuns);
  const before = Math.abs(median(baseline));
  const least =
    given === undefined && !enough ? singleRunSlack(unit, policy, before) : policy.slack;
  return Math.max(before * share, least);
}

/**
 * The least change that counts between single runs, of which nobody knows the noise. The first of
 * something that there was none of is no noise.
 */
function singleRunSlack(
  unit: string,
  { slack, byChance }: Pick<MetricPolicy, 'slack' | 'byChance'>,
  before: number,
): number {
  if (unit === 'µs') return Math.max(slack, singleRunSlackUs);
  return byChance === true ? Math.max(slack, 2 * Math.sqrt(before)) : slack;
}

interface Judged extends Pick<MetricChange, 'gated' | 'delta' | 'allowed'> {
  readonly policy: MetricPolicy;
  readonly interval: ConfidenceInterval | null;
}

/**
 * For the worse counts what is beyond `allowed` even at the bound of the interval that is kindest to the
 * candidate; without an interval, the difference itself.
 */
function judge({ policy, gated, delta, interval, allowed }: Judged): Change {
  if (policy.better === undefined)
    return hasChanged({ delta, interval, allowed }) ? 'changed' : 'same';
  const sign = policy.better === 'lower' ? 1 : -1;
  const worseBy = sign * delta;
  const [least, most] =
    interval === null
      ? [worseBy, worseBy]
      : [sign * interval.low, sign * interval.high].sort((a, b) => a - b);
  if ((least ?? 0) > allowed) return gated ? 'regression' : 'worse';
  if (worseBy > allowed) return gated ? 'unclear' : 'same';
  return (most ?? 0) < -allowed ? 'better' : 'same';
}

function hasChanged({ delta, interval, allowed }: Omit<Judged, 'policy' | 'gated'>): boolean {
  const { low, high } = interval ?? { low: delta, high: delta };
  return low > allowed || high < -allowed;
}

/** The median of some values, and between which they lie. */
export function spreadOf(values: readonly number[]): Spread {
  return {
    runs: values.length,
    median: median(values),
    min: Math.min(...values),
    max: Math.max(...values),
  };
}

function notesOf(baseline: Side, candidate: Side, metrics: readonly MetricChange[]): string[] {
  const fewest = Math.min(baseline.results.length, candidate.results.length);
  const notes: string[] = [];
  if (fewest < runsForInterval) {
    const runs = fewest === 1 ? 'a single run' : `${fewest} runs`;
    notes.push(
      `With ${runs} on a side nobody knows the noise, so tolerances are wide: \`run --repeat 5\` makes them sharp.`,
    );
  }
  if (metrics.some(({ change }) => change === 'unclear')) {
    notes.push('Where a change is unclear, more runs would decide.');
  }
  const doubts = (side: Side): number =>
    side.results.filter(({ warnings }) => warnings.some((text) => /tainted/i.test(text))).length;
  const tainted = doubts(baseline) + doubts(candidate);
  if (tainted > 0) {
    notes.push(
      tainted === 1
        ? 'A run says that its latency figures are tainted.'
        : `${tainted} runs say that their latency figures are tainted.`,
    );
  }
  return notes;
}
