import type { AuditReport } from '../audit/audit.ts';
import type { Evidence } from '../audit/evidence.ts';
import type { InvariantResult, Witness } from '../audit/invariant.ts';
import { worst } from '../audit/verdict.ts';
import { defined } from '../core/assert.ts';
import { nsPerMs, nsPerUs } from '../core/clock.ts';
import type { Json } from '../core/json.ts';
import type { RunOutcome } from '../engine/run-outcome.ts';
import type { TruthSnapshot } from '../history/truth.ts';
import { largestQuantity } from '../scenarios/quantities.ts';
import type { Scenario } from '../scenarios/schema.ts';
import { limitOf, parseThreshold } from '../scenarios/thresholds.ts';
import { abortOf } from './abort.ts';
import { type CacheDrift, cacheDrift } from './cache-drift.ts';
import { withChecks } from './checks.ts';
import { courseOf } from './course.ts';
import { gatewayFigures } from './gateway/gateway-figures.ts';
import type { GatewaySummary } from './gateway/summary.ts';
import { type RoomMetric, roomScalars } from './gateway/waiting-room/room-scalars.ts';
import { waitingRoomFigures } from './gateway/waiting-room/waiting-room-figures.ts';
import { groupFigures } from './groups.ts';
import { recoveriesOf } from './recoveries.ts';
import type {
  DeviceSummary,
  EventSummary,
  FaultSummary,
  GeneratorSummary,
  InvariantSummary,
  OpeningSummary,
  RunResult,
  SellingSummary,
  ThroughputSummary,
  WitnessSummary,
} from './result.ts';
import { countRetries, type RetryFigures } from './retries.ts';
import { type RetryMetric, retryScalars } from './retry-scalars.ts';
import { firstSales } from './sales.ts';
import { selfCheckOf } from './self-check.ts';
import { plannedHerdSpreadUs, sum, type Tally, tally } from './tally.ts';
import {
  applyThresholds,
  type Interval,
  type LimitVerdicts,
  metricLookup,
  type ScalarFigures,
} from './thresholds.ts';
import { warningsOf } from './warnings.ts';
import type { Story } from './witnesses/story.ts';

/** What a result is made of. */
export interface BuildOptions {
  readonly scenario: Scenario;
  readonly scenarioHash: string;
  /** Command that plays the same plan again. */
  readonly replay: string;
  readonly outcome: RunOutcome;
  /** What the audit judged. */
  readonly evidence: Evidence;
  readonly audit: AuditReport;
  /** How violated invariants were broken. */
  readonly stories: readonly Story[];
  /** The scenario as it is to be shown, without secrets; left out when there is none. */
  readonly shownScenario?: Json;
  /** From the command's start to its end, in milliseconds. */
  readonly wallMs: number;
  /** Version of flashsim. */
  readonly version: string;
  /** The target in words, without secrets: `reference: conditional-update on postgres, 2 processes`. */
  readonly targetDescription: string;
}

/** Makes a run's result out of what the run left behind and what the audit found. */
export function buildResult(options: BuildOptions): RunResult {
  const { scenario, outcome, audit, stories, shownScenario } = options;
  const sales = firstSales(outcome.attempts);
  const counted = tally(outcome, sales);
  // When the audit broke down, every attempt that nobody knows the end of may be one.
  const unresolved = audit.unresolved ?? counted.outcomes.info;
  const sold = soldUnits(
    outcome,
    counted,
    unresolved * largestQuantity(scenario.workload.quantity),
  );
  const opening = openingOf(outcome, counted);
  const devices = devicesOf(outcome, counted);
  const generator = generatorOf(outcome);
  const { caches, drift } = cacheDrift(outcome, truthOf(outcome));
  const course = courseOf(outcome, sales);
  const { throughput } = course;
  const latencyUs = counted.latency.summaries();
  const retries = countRetries(outcome.attempts, outcome.runId, truthOf(outcome));
  const recoveries = recoveriesOf(scenario, outcome);
  const gateway = gatewayOf(options);
  const scalars = {
    ...scalarsOf({ counted, unresolved, sold, drift, opening, devices, generator, throughput }),
    ...retryScalars(retries, recoveries),
    ...roomScalars(gateway.waitingRoom),
  };
  const thresholds = applyThresholds(thresholdsOf(scenario), {
    invariants: Object.values(audit.invariants),
    notJudged: audit.notJudged,
    auditVerdict: audit.verdict,
    metric: metricLookup(scalars, latencyUs, generator.selfCheck?.bottlenecks ?? []),
    abort: outcome.abort,
  });
  const limits = withChecks(thresholds, outcome.checks);
  const negativeLatencies = counted.latency.negativeCount;
  return {
    schemaVersion: 1,
    ...identityOf(options),
    ...endOf(outcome, limits),
    invariants: Object.fromEntries(
      limits.invariants.map((invariant) => [invariant.name, invariantSummary(invariant, stories)]),
    ),
    notJudged: audit.notJudged,
    thresholds: limits.thresholds,
    outcomes: counted.outcomes,
    codes: counted.codes,
    latencyUs,
    latencyDistribution: counted.latency.distributions(),
    opening,
    ...trafficOf(counted, retries),
    gateway,
    recoveries,
    groups: groupFigures(scenario, outcome, truthOf(outcome)),
    unresolved,
    sold: sold.lo,
    selling: sellingOf(outcome, counted),
    stock: unitsForSale(outcome),
    caches,
    devices,
    ...course,
    faults: faultsOf(outcome),
    events: eventsOf(outcome),
    control: outcome.control,
    incidents: outcome.incidents,
    problems: audit.problems,
    warnings: warningsOf({ ...options, opening, generator, negativeLatencies, retries }),
    generator,
    ...(shownScenario === undefined ? {} : { scenario: shownScenario }),
  };
}

/** The verdict, and whether the run came to its end. */
function endOf(
  outcome: RunOutcome,
  { verdict, thresholds }: LimitVerdicts,
): Pick<RunResult, 'verdict' | 'interrupted' | 'abort'> {
  const { interrupted } = outcome;
  return {
    verdict: interrupted ? worst(verdict, 'unknown') : verdict,
    interrupted,
    ...abortOf(outcome, thresholds),
  };
}

function gatewayOf({ scenario, outcome, evidence, audit }: BuildOptions): GatewaySummary {
  const waitingRoom = waitingRoomFigures(outcome, scenario);
  const rules = gatewayFigures(evidence, audit);
  return waitingRoom === undefined ? rules : { ...rules, waitingRoom };
}

/** Which run of what this is, and how to play it again. */
function identityOf({ scenario, outcome, ...options }: BuildOptions) {
  return {
    flashsim: options.version,
    name: scenario.name,
    runId: outcome.runId,
    seed: scenario.seed,
    scenarioHash: options.scenarioHash,
    planHash: outcome.plan.hash,
    replay: options.replay,
    startedAt: new Date(outcome.startedAtMs).toISOString(),
    wallMs: options.wallMs,
    target: {
      kind: scenario.target.reference === undefined ? 'http' : 'reference',
      description: options.targetDescription,
    },
  } satisfies Partial<RunResult>;
}

function thresholdsOf({ thresholds }: Scenario) {
  return Object.entries(thresholds).flatMap(([metric, written]) =>
    written === undefined
      ? []
      : [
          defined(
            parseThreshold(metric, limitOf(written)),
            `threshold ${metric} of a valid scenario`,
          ),
        ],
  );
}

function trafficOf(
  counted: Tally,
  { summary: retries }: RetryFigures,
): Pick<
  RunResult,
  'attempts' | 'firstAttempts' | 'amplification' | 'retries' | 'rateLimited' | 'probes'
> {
  const { attempts, firstAttempts, rateLimited, probes } = counted;
  const amplification = amplificationOf(counted);
  return { attempts, firstAttempts, amplification, retries, rateLimited, probes };
}

/** Attempts over first attempts; 0 when nobody tried. */
function amplificationOf({ attempts, firstAttempts }: Tally): number {
  return firstAttempts === 0 ? 0 : attempts / firstAttempts;
}

/**
 * Units sold: confirmed rows where the store's snapshot is known, else acknowledged ones, to which
 * unresolved orders may come.
 */
function soldUnits(outcome: RunOutcome, counted: Tally, unresolvedUnits: number): Interval {
  const truth = truthOf(outcome);
  if (truth === undefined) {
    return { lo: counted.acknowledgedUnits, hi: counted.acknowledgedUnits + unresolvedUnits };
  }
  const confirmed = truth.orders.filter(({ status }) => status === 'confirmed');
  const units = sum(confirmed.map(({ quantity }) => quantity));
  return { lo: units, hi: outcome.quiesced ? units : null };
}

/** Units that there were to sell: at the opening, and restocked for certain. */
function unitsForSale({ contract, events }: RunOutcome): number {
  const restocked = events.map(({ event, outcome }) =>
    event.kind === 'restock' && outcome === 'ok' ? event.quantity : 0,
  );
  return sum(contract.products.map(({ stock }) => stock)) + sum(restocked);
}

/** The snapshot, when it is of this run. */
function truthOf({ truth, runId }: RunOutcome): TruthSnapshot | undefined {
  return truth?.runId === runId ? truth : undefined;
}

function openingOf(outcome: RunOutcome, counted: Tally): OpeningSummary {
  const { zeroNs, opensNs, opensAtMs, warmConnections, connections, perInstance } = outcome.opening;
  return {
    at: new Date(opensAtMs).toISOString(),
    fromZeroMs: (opensNs - zeroNs) / nsPerMs,
    spreadUs: counted.herdSpreadUs,
    plannedSpreadUs: plannedHerdSpreadUs(outcome),
    latenessP99Us: counted.lateness.percentile(99),
    warmConnections,
    connections,
    perInstance,
  };
}

function sellingOf(
  { opening, targetCpuSeconds }: RunOutcome,
  { sales, lastSaleNs }: Tally,
): SellingSummary {
  const lastSaleMs = sales === 0 ? null : (lastSaleNs - opening.opensNs) / nsPerMs;
  return {
    orders: sales,
    lastSaleMs,
    ordersPerS: lastSaleMs === null || lastSaleMs <= 0 ? null : (sales * 1000) / lastSaleMs,
    cpuSecondsPer1000:
      sales === 0 || targetCpuSeconds === 0 ? null : (targetCpuSeconds * 1000) / sales,
  };
}

function devicesOf(outcome: RunOutcome, counted: Tally): DeviceSummary {
  const { plan, workers } = outcome;
  return {
    users: plan.users,
    devices: plan.devices,
    loggedIn: sum(workers.map(({ loggedIn }) => loggedIn)),
    evicted: truthOf(outcome)?.sessions?.evicted ?? counted.evictedByAnswers,
    loginsFailed: sum(workers.map(({ loginsFailed }) => loginsFailed)),
  };
}

function generatorOf({ workers, rssMaxBytes }: RunOutcome): GeneratorSummary {
  return {
    workers: workers.length,
    cpuSeconds: sum(workers.map(({ cpuSeconds }) => cpuSeconds)),
    eventLoopDelayMaxMs: Math.max(0, ...workers.map((worker) => worker.eventLoopDelayMaxMs)),
    rssMaxMb: rssMaxBytes / 2 ** 20,
    droppedArrivals: sum(workers.map(({ droppedArrivals }) => droppedArrivals)),
    selfCheck: selfCheckOf(workers),
  };
}

function faultsOf({ faults, opening }: RunOutcome): FaultSummary[] {
  return faults.map(({ description, plannedNs, firedNs, fired, detail }) => ({
    description,
    atMs: ((Number.isNaN(firedNs) ? plannedNs : firedNs) - opening.zeroNs) / nsPerMs,
    fired,
    detail,
  }));
}

function eventsOf({ events, opening }: RunOutcome): EventSummary[] {
  return events.map(({ event, plannedNs, sentNs, outcome, detail }) => ({
    description: describeEvent(event),
    atMs: ((Number.isNaN(sentNs) ? plannedNs : sentNs) - opening.zeroNs) / nsPerMs,
    outcome,
    detail,
  }));
}

function describeEvent(event: RunOutcome['events'][number]['event']): string {
  switch (event.kind) {
    case 'restock':
      return `restock ${event.quantity} of ${event.productId}`;
    case 'warm-up':
      return `warm up ${event.productId}`;
    case 'close':
      return 'close the sale';
  }
}

interface ScalarFacts {
  readonly counted: Tally;
  readonly unresolved: number;
  readonly sold: Interval;
  readonly drift: CacheDrift['drift'];
  readonly opening: OpeningSummary;
  readonly devices: DeviceSummary;
  readonly generator: GeneratorSummary;
  readonly throughput: ThroughputSummary;
}

function scalarsOf(facts: ScalarFacts): Omit<ScalarFigures, RetryMetric | RoomMetric> {
  const { counted, opening } = facts;
  const nobodyTried = { missing: 'no order was attempted' };
  return {
    attempts: exactly(counted.attempts),
    firstAttempts: exactly(counted.firstAttempts),
    amplification: counted.firstAttempts === 0 ? nobodyTried : exactly(amplificationOf(counted)),
    sold: facts.sold,
    stockDrift: facts.drift,
    timeouts: exactly(counted.codes['order']?.['timeout'] ?? 0),
    rateLimited: exactly(counted.rateLimited),
    evictedDevices: exactly(facts.devices.evicted),
    unresolved: exactly(facts.unresolved),
    droppedArrivals: exactly(facts.generator.droppedArrivals),
    'opening.spread':
      counted.herdSent === 0 ? { missing: 'no herd was sent' } : exactly(opening.spreadUs),
    'opening.latenessP99':
      counted.lateness.count === 0 ? nobodyTried : exactly(opening.latenessP99Us),
    'answers.peak': exactly(facts.throughput.answersPeakPerS),
    sellOut:
      facts.throughput.sellOutMs === null
        ? { missing: 'the stock was not sold out' }
        : exactly((facts.throughput.sellOutMs * nsPerMs) / nsPerUs),
  };
}

function exactly(value: number): Interval {
  return { lo: value, hi: value };
}

function invariantSummary(invariant: InvariantResult, stories: readonly Story[]): InvariantSummary {
  const story = stories.find((candidate) => candidate.invariant === invariant.name);
  const { id, title, verdict, value, lo, hi, unit, reason, witnesses } = invariant;
  const { count, first, worst: gravest, last } = witnesses;
  return {
    id,
    title,
    verdict,
    value,
    lo,
    hi,
    unit,
    ...(reason === undefined ? {} : { reason }),
    witnesses: {
      count,
      first: witnessSummary(first),
      worst: witnessSummary(gravest),
      last: witnessSummary(last),
    },
    ...(story === undefined ? {} : { story: { steps: story.steps, store: story.store } }),
  };
}

function witnessSummary(witness: Witness | null): WitnessSummary | null {
  if (witness === null) return null;
  const { summary, keys, orderIds, userId, atNs } = witness;
  return {
    summary,
    ...(keys === undefined ? {} : { keys }),
    ...(orderIds === undefined ? {} : { orderIds }),
    ...(userId === undefined ? {} : { userId }),
    ...(atNs === undefined || !Number.isFinite(atNs) ? {} : { atNs }),
  };
}
