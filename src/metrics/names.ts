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
  'attemptsPerIntent.p50': { unit: 'count', meaning: 'Attempts for each intent, p50.' },
  'attemptsPerIntent.p99': { unit: 'count', meaning: 'Attempts for each intent, p99.' },
  'attemptsPerIntent.max': { unit: 'count', meaning: 'Most attempts for one intent.' },
  heldBack: { unit: 'count', meaning: 'Attempts that the client itself held back.' },
  'heldBack.breaker': { unit: 'count', meaning: 'Held back by the circuit breaker.' },
  'heldBack.throttle': { unit: 'count', meaning: 'Held back by the throttle.' },
  'heldBack.budget': { unit: 'count', meaning: 'Retries held back by the retry budget.' },
  goodput: { unit: '/s', meaning: 'Answers in time that the client took for one.' },
  throughput: { unit: '/s', meaning: 'Answers in time, also those that made it come again.' },
  wastedWork: { unit: 'ratio', meaning: 'Share of completed work that nobody waited for.' },
  timeToRecover: { unit: 'µs', meaning: 'From a fault’s end until goodput was back, worst fault.' },
  metastable: { unit: 'count', meaning: 'Faults that retries kept going after their end.' },
  doubledIntents: { unit: 'count', meaning: 'Intents with more than one order.' },
  sold: { unit: 'units', meaning: 'Units in committed orders.' },
  stockDrift: { unit: 'units', meaning: 'Units that cached stock is off by, over all products.' },
  timeouts: { unit: 'count', meaning: 'Order attempts that timed out.' },
  rateLimited: { unit: 'count', meaning: 'Requests answered with "limited".' },
  'waitingRoom.wait.p50': { unit: 'µs', meaning: 'Wait of visitors who were let in, p50.' },
  'waitingRoom.wait.p99': { unit: 'µs', meaning: 'Wait of visitors who were let in, p99.' },
  'waitingRoom.abandoned': { unit: 'count', meaning: 'Visitors who left before they were let in.' },
  'waitingRoom.insideMax': { unit: 'count', meaning: 'Most visitors inside at once.' },
  'waitingRoom.overtaken': { unit: 'ratio', meaning: 'Pairs let in against their arrival.' },
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
