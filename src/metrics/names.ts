/**
 * The metrics that a threshold can name, with their units. Latencies are `<operation>.<percentile>`
 * (response time, from when the request was due) or `<operation>.service.<percentile>` (from when
 * it was sent).
 */
export const percentiles = { p50: 50, p90: 90, p99: 99, 'p99.9': 99.9, max: 100 } as const;
export type Percentile = keyof typeof percentiles;

/** Operations whose latency is measured. */
export const timedOperations = ['login', 'page', 'order'] as const;
export type TimedOperation = (typeof timedOperations)[number];

/** Plain metrics and what they mean. */
export const scalarMetrics = {
  attempts: { unit: 'count', meaning: 'Order attempts, retries included.' },
  firstAttempts: { unit: 'count', meaning: 'Order attempts that were no retries.' },
  amplification: { unit: 'ratio', meaning: 'Order attempts over first attempts.' },
  sold: { unit: 'units', meaning: 'Units in committed orders.' },
  timeouts: { unit: 'count', meaning: 'Order attempts that timed out.' },
  rateLimited: { unit: 'count', meaning: 'Requests answered with "limited".' },
  evictedDevices: { unit: 'count', meaning: 'Devices whose session was ended by a later login.' },
  unresolved: { unit: 'count', meaning: 'Intents whose outcome stayed unknown.' },
  droppedArrivals: { unit: 'count', meaning: 'Planned first attempts that were never sent.' },
  'opening.spread': { unit: 'µs', meaning: 'First to last write of the opening herd.' },
  'opening.latenessP99': { unit: 'µs', meaning: 'Sent minus due, of first order attempts, p99.' },
  'answers.peak': { unit: 'answers/s', meaning: 'Most answers to orders within one second.' },
  sellOut: { unit: 'µs', meaning: 'From the opening to the sale of the last unit.' },
} as const;
export type ScalarMetric = keyof typeof scalarMetrics;

/** Every name that a threshold may use, apart from the invariants. */
export function metricNames(): string[] {
  const latencies = timedOperations.flatMap((operation) =>
    Object.keys(percentiles).flatMap((percentile) => [
      `${operation}.${percentile}`,
      `${operation}.service.${percentile}`,
    ]),
  );
  return [...Object.keys(scalarMetrics), ...latencies];
}
