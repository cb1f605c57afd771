import type { ScalarMetric } from '../metrics/names.ts';
import { heldBackOf } from './metric-values.ts';
import type { RecoverySummary } from './result.ts';
import type { RetryFigures } from './retries.ts';
import type { Interval, ScalarFigure, ScalarFigures } from './thresholds.ts';

/** The metrics that are about retries. */
export type RetryMetric = Extract<
  ScalarMetric,
  | `attemptsPerIntent.${string}`
  | `heldBack${string}`
  | 'goodput'
  | 'throughput'
  | 'wastedWork'
  | 'timeToRecover'
  | 'metastable'
  | 'doubledIntents'
>;

/** Figures of retries and recovery, as thresholds see them. */
export function retryScalars(
  { summary, doubled }: RetryFigures,
  recoveries: readonly RecoverySummary[],
): Pick<ScalarFigures, RetryMetric> {
  const { attemptsPerIntent, heldBack, goodputPerS, throughputPerS, wastedWork } = summary;
  const nobodyTried = { missing: 'no order was attempted' };
  const hasIntents = attemptsPerIntent.histogram.length > 0;
  const ofIntents = (value: number) => (hasIntents ? exactly(value) : nobodyTried);
  return {
    'attemptsPerIntent.p50': ofIntents(attemptsPerIntent.p50),
    'attemptsPerIntent.p99': ofIntents(attemptsPerIntent.p99),
    'attemptsPerIntent.max': ofIntents(attemptsPerIntent.max),
    heldBack: exactly(heldBackOf(summary)),
    'heldBack.breaker': exactly(heldBack.breaker),
    'heldBack.throttle': exactly(heldBack.throttle),
    'heldBack.budget': exactly(heldBack.budget),
    goodput: ofIntents(goodputPerS),
    throughput: ofIntents(throughputPerS),
    wastedWork: hasIntents ? wastedWork : nobodyTried,
    timeToRecover: timeToRecover(recoveries),
    metastable: metastable(recoveries),
    doubledIntents: doubled,
  };
}

function exactly(value: number): Interval {
  return { lo: value, hi: value };
}

/** The longest over all faults, in µs. A server that was not back took at least as long as it was watched. */
function timeToRecover(recoveries: readonly RecoverySummary[]): ScalarFigure {
  if (recoveries.length === 0) return { missing: 'no fault fired' };
  const undecided = recoveries.find(({ verdict }) => verdict === 'unknown');
  const known = recoveries.filter(({ verdict }) => verdict !== 'unknown');
  if (known.length === 0 && undecided !== undefined) {
    return { missing: `nobody can tell: ${undecided.reason}` };
  }
  const least = known.map(({ verdict, timeToRecoverMs, observedMs }) =>
    // A storm that sustains itself does not end.
    verdict === 'metastable' ? Number.POSITIVE_INFINITY : (timeToRecoverMs ?? observedMs) * 1_000,
  );
  const lo = Math.max(...least);
  const down = recoveries.find(({ verdict }) => verdict !== 'recovered');
  return down === undefined
    ? { lo, hi: lo }
    : { lo, hi: null, reason: `${down.fault}: ${down.reason}` };
}

/** Faults that are known to have left a storm behind that sustains itself, and those that may have. */
function metastable(recoveries: readonly RecoverySummary[]): Interval {
  const count = (wanted: RecoverySummary['verdict']): number =>
    recoveries.filter(({ verdict }) => verdict === wanted).length;
  return { lo: count('metastable'), hi: count('metastable') + count('unknown') };
}
