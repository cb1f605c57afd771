import {
  type Percentile,
  percentiles,
  type ScalarMetric,
  scalarMetrics,
  timedOperations,
} from '../metrics/names.ts';
import type { Percentiles, RunResult } from './result.ts';

/** A metric of a result, under the name that thresholds use. */
export interface MetricValue {
  readonly name: string;
  /** null when the run gave none. */
  readonly value: number | null;
  readonly unit: string;
}

const nobodyTried = (result: RunResult): boolean => result.firstAttempts === 0;

/** Where a result holds each plain metric; null where the run gave none. */
const scalars: Readonly<Record<ScalarMetric, (result: RunResult) => number | null>> = {
  attempts: ({ attempts }) => attempts,
  firstAttempts: ({ firstAttempts }) => firstAttempts,
  amplification: (result) => (nobodyTried(result) ? null : result.amplification),
  sold: ({ sold }) => sold,
  timeouts: ({ codes }) => codes['order']?.['timeout'] ?? 0,
  rateLimited: ({ rateLimited }) => rateLimited,
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
