import {
  type Percentile,
  percentiles,
  type ScalarMetric,
  scalarMetrics,
  timedOperations,
} from '../metrics/names.ts';
import type { WaitingRoomSummary } from './gateway/summary.ts';
import type { Percentiles, RetrySummary, RunResult } from './result.ts';
import { sum } from './tally.ts';

/** A metric of a result, under the name that thresholds use. */
export interface MetricValue {
  readonly name: string;
  /** null when the run gave none. */
  readonly value: number | null;
  readonly unit: string;
}

const nobodyTried = (result: RunResult): boolean => result.firstAttempts === 0;

/** Attempts that the client itself held back, for whatever reason. */
export function heldBackOf({ heldBack }: RetrySummary): number {
  return heldBack.breaker + heldBack.throttle + heldBack.budget;
}

type OfResult = (result: RunResult) => number | null;

function ofIntents(valueOf: (retries: RetrySummary) => number | null): OfResult {
  return ({ retries }) =>
    retries.attemptsPerIntent.histogram.length === 0 ? null : valueOf(retries);
}

/** null where there is no waiting room. */
function ofRoom(valueOf: (room: WaitingRoomSummary) => number | null): OfResult {
  return ({ gateway }) =>
    gateway?.waitingRoom === undefined ? null : valueOf(gateway.waitingRoom);
}

/** The longest over all faults, in µs; null when none fired, or when some server was not back. */
function timeToRecover({ recoveries }: RunResult): number | null {
  const times = recoveries.flatMap(({ timeToRecoverMs }) =>
    timeToRecoverMs === null ? [] : [timeToRecoverMs * 1_000],
  );
  return times.length === 0 || times.length < recoveries.length ? null : Math.max(...times);
}

/**
 * How long servers took at least, in µs: one that was not back took as long as it was watched. null when
 * no fault fired, or nobody can tell.
 */
export function leastTimeToRecover({ recoveries }: RunResult): number | null {
  if (recoveries.length === 0 || recoveries.some(({ verdict }) => verdict === 'unknown')) {
    return null;
  }
  const times = recoveries.map(({ timeToRecoverMs, observedMs }) => timeToRecoverMs ?? observedMs);
  return Math.max(...times) * 1_000;
}

/** Where a result holds each plain metric; null where the run gave none. */
const scalars: Readonly<Record<ScalarMetric, OfResult>> = {
  attempts: ({ attempts }) => attempts,
  firstAttempts: ({ firstAttempts }) => firstAttempts,
  amplification: (result) => (nobodyTried(result) ? null : result.amplification),
  'attemptsPerIntent.p50': ofIntents(({ attemptsPerIntent }) => attemptsPerIntent.p50),
  'attemptsPerIntent.p99': ofIntents(({ attemptsPerIntent }) => attemptsPerIntent.p99),
  'attemptsPerIntent.max': ofIntents(({ attemptsPerIntent }) => attemptsPerIntent.max),
  heldBack: ({ retries }) => heldBackOf(retries),
  'heldBack.breaker': ({ retries }) => retries.heldBack.breaker,
  'heldBack.throttle': ({ retries }) => retries.heldBack.throttle,
  'heldBack.budget': ({ retries }) => retries.heldBack.budget,
  goodput: ofIntents(({ goodputPerS }) => goodputPerS),
  throughput: ofIntents(({ throughputPerS }) => throughputPerS),
  wastedWork: ofIntents(({ wastedWork: { lo, hi } }) => (lo === hi ? lo : null)),
  timeToRecover,
  metastable: ({ recoveries }) =>
    recoveries.some(({ verdict }) => verdict === 'unknown')
      ? null
      : recoveries.filter(({ verdict }) => verdict === 'metastable').length,
  doubledIntents: ({ retries }) => retries.doubledIntents,
  sold: ({ sold }) => sold,
  stockDrift: ({ caches }) => {
    const drifts = caches.flatMap(({ drift }) => (drift === null ? [] : [Math.abs(drift)]));
    return caches.length === 0 || drifts.length < caches.length ? null : sum(drifts);
  },
  timeouts: ({ codes }) => codes['order']?.['timeout'] ?? 0,
  rateLimited: ({ rateLimited }) => rateLimited,
  'waitingRoom.wait.p50': ofRoom(({ waitMs }) => waitMs && waitMs.p50 * 1_000),
  'waitingRoom.wait.p99': ofRoom(({ waitMs }) => waitMs && waitMs.p99 * 1_000),
  'waitingRoom.abandoned': ofRoom(({ abandoned }) => abandoned),
  'waitingRoom.insideMax': ofRoom(({ insideMax }) => insideMax),
  'waitingRoom.overtaken': ofRoom(({ overtaken }) => overtaken),
  evictedDevices: ({ devices }) => devices.evicted,
  unresolved: ({ unresolved }) => unresolved,
  droppedArrivals: ({ generator }) => generator.droppedArrivals,
  'opening.spread': ({ opening }) => (opening.plannedSpreadUs === 0 ? null : opening.spreadUs),
  'opening.latenessP99': (result) => (nobodyTried(result) ? null : result.opening.latenessP99Us),
  'answers.peak': ({ throughput }) => throughput?.answersPeakPerS ?? null,
  sellOut: ({ throughput }) => {
    const sellOutMs = throughput?.sellOutMs ?? null;
    return sellOutMs === null ? null : sellOutMs * 1_000;
  },
};

/** Percentiles by their names in a result. */
export const resultKeys: Readonly<Record<Percentile, keyof Percentiles>> = {
  p50: 'p50',
  p90: 'p90',
  p99: 'p99',
  'p99.9': 'p999',
  max: 'max',
};

/** Every metric that a threshold can name, as a result holds it, in the order of `metrics/names.ts`. */
export function metricValues(result: RunResult): MetricValue[] {
  const plain = Object.entries(scalars).map(([name, valueOf]) => ({
    name,
    value: valueOf(result),
    unit: scalarMetrics[name as ScalarMetric].unit,
  }));
  const latencies = timedOperations.flatMap((operation) => {
    const latency = result.latencyUs[operation];
    const timed = latency !== undefined && latency.count > 0 ? latency : undefined;
    return (Object.keys(percentiles) as Percentile[]).flatMap((percentile) => {
      const key = resultKeys[percentile];
      return [
        { name: `${operation}.${percentile}`, value: timed?.response[key] ?? null, unit: 'µs' },
        {
          name: `${operation}.service.${percentile}`,
          value: timed?.service[key] ?? null,
          unit: 'µs',
        },
      ];
    });
  });
  return [...plain, ...latencies];
}
