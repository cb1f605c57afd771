import { z } from 'zod';
import { verdicts } from '../audit/verdict.ts';
import type { Json } from '../core/json.ts';
import { gatewaySchema } from './gateway/schema.ts';

/**
 * The validation twin of `RunResult` in `result.ts`: what a reader of `result.json` checks with, and
 * the source of `result.schema.json`. A test keeps it equal to the type. Objects let unknown fields
 * pass, because fields may be added within a schema version.
 */

const verdict = z.enum(verdicts);
const count = z.int().min(0);
const amount = z.number().min(0);
const counts = z.array(count);
const json = z.json().transform((value) => value as Json);

const witness = z
  .object({
    summary: z.string(),
    keys: z.array(z.string()).exactOptional(),
    orderIds: z.array(z.string()).exactOptional(),
    userId: z.string().exactOptional(),
    atNs: z.number().exactOptional().describe('Nanoseconds from the run’s epoch.'),
  })
  .describe('One piece of proof.');

const story = z.object({
  steps: z.array(
    z.object({
      kind: z.enum(['request', 'answer', 'silence', 'store']),
      atMs: z.number().nullable().describe('From the opening; null when nobody knows.'),
      actor: z.string(),
      text: z.string(),
    }),
  ),
  store: z.array(z.string()).describe('What the store held in the end.'),
});

const invariant = z.object({
  id: z.string().describe('Number of the invariant, such as I1.'),
  title: z.string(),
  verdict: verdict.describe('Against the limit that holds: 0, or the scenario’s threshold.'),
  value: z.number().nullable().describe('The figure, when it is known exactly.'),
  lo: z.number().describe('The figure is at least this.'),
  hi: z.number().nullable().describe('The figure is at most this; null without an upper bound.'),
  unit: z.string(),
  reason: z.string().exactOptional(),
  witnesses: z.object({
    count,
    first: witness.nullable(),
    worst: witness.nullable(),
    last: witness.nullable(),
  }),
  story: story.exactOptional().describe('How it was broken, step by step.'),
});

const abort = z.object({
  metric: z.string(),
  limit: z.string(),
  value: z.number().describe('What it had come to when it failed.'),
  unit: z.string(),
  afterOpeningMs: z.number(),
});

const threshold = z.object({
  metric: z.string(),
  limit: z.string().describe('As written, such as "< 800ms".'),
  verdict,
  value: z.number().nullable(),
  unit: z.string(),
  reason: z.string().exactOptional(),
});

const percentiles = z
  .object({ p50: amount, p90: amount, p99: amount, p999: amount, max: amount })
  .describe('Microseconds, three significant digits; max is exact.');

const operationLatency = z.object({
  count,
  response: percentiles.describe('µs from when the request was due to its end.'),
  service: percentiles.describe('µs from when the request was sent to its end.'),
});

const opening = z.object({
  at: z.string().describe('Wall-clock instant, ISO 8601.'),
  fromZeroMs: z.number().exactOptional().describe('The same from t = 0.'),
  spreadUs: amount.describe('First to last write of the herd’s first attempts.'),
  plannedSpreadUs: amount,
  latenessP99Us: amount.describe('Sent minus due, p99 over first order attempts.'),
  warmConnections: count,
  connections: count,
  perInstance: z.record(z.string(), count).describe('Warm connections by server process.'),
});

const cache = z.object({
  product: z.string(),
  cached: z.int().nullable().describe('Units; null when the cache has no count.'),
  drift: z
    .int()
    .nullable()
    .describe('Units missing from the cache: stock less cached, sold and queued.'),
});

const devices = z.object({
  users: count,
  devices: count,
  loggedIn: count,
  evicted: count.describe('Sessions that a later login of the same person ended.'),
  loginsFailed: count,
});

const retries = z
  .object({
    attemptsPerIntent: z
      .object({ p50: count, p99: count, max: count, histogram: z.array(count) })
      .describe('Sent attempts for each intent; the histogram begins with those never sent.'),
    heldBack: z
      .object({ breaker: count, throttle: count, budget: count })
      .describe('Attempts that the client itself held back.'),
    useful: count.describe('Answers in time that the client took for one.'),
    completions: count.describe('Answers in time.'),
    givenUp: count.describe('Attempts whose answer the client did not wait for any longer.'),
    goodputPerS: amount,
    throughputPerS: amount,
    wastedWork: z
      .object({ lo: amount, hi: amount })
      .describe('Share of completed work that nobody waited for any more, within these bounds.'),
    doubledIntents: count.describe('Intents with more than one order.'),
  })
  .describe('What retries added to the load, and what came of it.');

const recovery = z
  .object({
    fault: z.string(),
    endedAtMs: z.number().describe('From t = 0.'),
    verdict: z.enum(['recovered', 'recovering', 'metastable', 'unknown']),
    timeToRecoverMs: amount.nullable().describe('From the end of the fault.'),
    baselinePerS: amount.nullable().describe('Goodput before the fault.'),
    lastPerS: amount.describe('Goodput at the end of the observation.'),
    windowMs: amount,
    holdMs: amount,
    observedMs: amount,
    backlog: z.enum(['server', 'client']).describe('Who told how much was still to be done.'),
    reason: z.string(),
  })
  .describe('Whether the server came back after a fault.');

const timeline = z
  .object({
    bucketMs: z.number().positive(),
    startMs: z.number().describe('Start of the first bucket, from the opening.'),
    arrivals: counts.describe('Order attempts by when they were sent.'),
    retries: counts.exactOptional().describe('Those that were no first attempts.'),
    firstAttempts: counts.describe('First attempts by when they were due.'),
    completions: counts.describe('Answers in time.'),
    useful: counts.describe('Answers in time that the client took for one.'),
    sold: counts.describe('Units by when the first ok answer to their key came.'),
    refused: counts,
    refusedByCode: z.record(z.string(), counts).exactOptional().describe('Refused, by code.'),
    uncertain: counts,
    stockLeft: z
      .array(z.int())
      .exactOptional()
      .describe('Units at the end of each bucket, by the answers.'),
  })
  .describe('Order attempts over time, in buckets from the opening.');

const selling = z
  .object({
    orders: count.describe('Acknowledged orders, each once.'),
    lastSaleMs: z.number().nullable().describe('From the opening to the last acknowledged order.'),
    ordersPerS: amount.nullable().describe('Acknowledged orders per second until the last one.'),
    cpuSecondsPer1000: amount
      .nullable()
      .describe('CPU time of the target per 1,000 orders; null when nobody knows.'),
  })
  .describe('How fast it sold, by the answers that buyers got.');

const perBucket = z.array(amount.nullable());

const latencyOverTime = z
  .object({
    bucketMs: z.number().positive(),
    startMs: z.number().describe('Start of the first bucket, from the opening.'),
    operations: z.record(
      z.string(),
      z.object({ counts, p50: perBucket, p90: perBucket, p99: perBucket, max: perBucket }),
    ),
  })
  .describe('Response times in µs over time, by when the requests were due; exact to 1.6 %.');

const latencyDistribution = z
  .object({
    fromUs: counts.describe('Where each bin begins, in µs.'),
    response: counts,
    service: counts,
  })
  .describe('Requests by latency, eight bins to each doubling.');

const throughput = z.object({
  answersPeakPerS: count.describe('Most answers to orders within one second.'),
  sellOutMs: z.number().nullable().describe('From the opening to the sale of the last unit.'),
});

const buyers = z
  .object({
    people: count,
    units: count,
    unitsPerPersonMax: count,
    byDevices: z.array(z.object({ devices: count, people: count, buyers: count, units: count })),
    byTry: z.array(z.object({ try: count, units: count })),
  })
  .describe('Who got the stock, by ok answers.');

const fault = z.object({
  description: z.string(),
  atMs: z.number().describe('From t = 0.'),
  fired: z.boolean(),
  detail: z.string(),
});

const event = z.object({
  description: z.string(),
  atMs: z.number().describe('From t = 0.'),
  outcome: z.enum(['ok', 'fail', 'info']),
  detail: z.string(),
});

const control = z
  .object({
    state: z.enum(['oversold', 'exact', 'skipped', 'failed']),
    stock: count,
    soldUnits: count,
    attempts: count,
    durationMs: amount,
    reason: z.string(),
  })
  .describe('Positive control: the same profile against a product counted down naively.');

const selfCheck = z
  .object({
    bottlenecks: z.array(z.string()).describe('Why it was the bottleneck; empty when it kept up.'),
    begun: count.describe('Requests that were begun because they were due.'),
    latenessUs: percentiles,
    workers: z.array(
      z.object({
        worker: count,
        cpuShare: amount.describe('Of one core, on average.'),
        cpuShareMax: amount.describe('Of one core, in the busiest second.'),
        eventLoopDelayP99Ms: amount,
        eventLoopDelayMaxMs: amount,
        latenessP99Us: amount,
        latenessMaxUs: amount,
        socketErrors: z.record(z.string(), count).describe('By the system’s code.'),
      }),
    ),
  })
  .describe('Whether the load generator kept up: requests begun after they were due, and why.');

const generator = z.object({
  workers: count,
  cpuSeconds: amount,
  eventLoopDelayMaxMs: amount,
  rssMaxMb: amount,
  droppedArrivals: count.describe('Planned first attempts that were never sent.'),
  selfCheck: selfCheck.nullable(),
});

const group = z
  .object({
    name: z.string(),
    people: count,
    accounts: count,
    devices: count,
    requests: count.describe('Of any kind, logins left out.'),
    limited: count,
    attempts: count.describe('On orders.'),
    orders: count.nullable(),
    units: count.nullable(),
    share: amount.nullable().describe('Of all units sold.'),
    buyers: count.nullable().describe('People with an order.'),
    ordersPerPersonMax: count.nullable().describe('Over all accounts and devices.'),
  })
  .describe('What a group of people did, and what it got.');

/** The content of `result.json`. */
export const resultSchema = z
  .object({
    schemaVersion: z.literal(1),
    flashsim: z.string().describe('Version that made this.'),
    name: z.string(),
    runId: z.string(),
    verdict,
    interrupted: z.boolean().describe('True when a signal or a threshold ended the run early.'),
    abort: abort.exactOptional().describe('The threshold that ended it.'),
    seed: z.int(),
    scenarioHash: z.string(),
    planHash: z.string().describe('Equal for equal seed and scenario.'),
    replay: z.string().describe('Command that plays the same plan again.'),
    startedAt: z.string(),
    wallMs: amount,
    target: z.object({ kind: z.string(), description: z.string() }),
    invariants: z.record(z.string(), invariant),
    notJudged: z.array(z.object({ name: z.string(), reason: z.string() })),
    thresholds: z.array(threshold),
    outcomes: z
      .object({ ok: count, fail: count, info: count })
      .describe('Attempts on orders by class.'),
    codes: z
      .record(z.string(), z.record(z.string(), count))
      .describe('All attempts by operation and code.'),
    latencyUs: z.record(z.string(), operationLatency),
    latencyDistribution: z.record(z.string(), latencyDistribution).exactOptional(),
    latencyOverTime: latencyOverTime.exactOptional(),
    opening,
    attempts: count,
    firstAttempts: count,
    amplification: amount,
    retries,
    recoveries: z.array(recovery),
    unresolved: count.describe('Intents whose outcome stayed open.'),
    sold: count.nullable(),
    selling,
    stock: count,
    caches: z.array(cache),
    throughput: throughput.exactOptional(),
    buyers: buyers.exactOptional(),
    devices,
    rateLimited: count,
    gateway: gatewaySchema.exactOptional(),
    groups: z.array(group).exactOptional(),
    probes: count.describe('Requests that deliberately tested a rule; in no other figure.'),
    timeline,
    faults: z.array(fault),
    events: z.array(event),
    control,
    incidents: z.array(z.string()),
    problems: z.array(z.string()).describe('Evidence that cannot be right.'),
    warnings: z.array(z.string()),
    generator,
    scenario: json.exactOptional().describe('As resolved, secrets replaced.'),
  })
  .describe('What a run of flashsim came to.');

/** JSON Schema (draft 7, as the scenario's) of `result.json`. */
export function resultJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(resultSchema, { io: 'input', target: 'draft-7' }),
    $id: 'https://unpkg.com/flashsim/result.schema.json',
    title: 'flashsim result',
  };
}
