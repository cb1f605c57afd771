import type { AuditReport } from '../audit/audit.ts';
import { formatCount, formatDurationMs } from '../core/units.ts';
import type { RunOutcome } from '../engine/run-outcome.ts';
import type { Scenario } from '../scenarios/schema.ts';
import type { GeneratorSummary, OpeningSummary } from './result.ts';
import type { RetryFigures } from './retries.ts';
import { sum } from './tally.ts';
import { unmappedWarnings } from './unmapped.ts';

/** Above these the load generator itself was late, and latencies are partly its own. */
const eventLoopDelayMsMax = 50;
const latenessUsMax = 20_000;
/** Share of connections that should be open and logged in when the sale opens. */
const warmShareMin = 0.95;

/** How a warning begins that informs and casts no doubt. */
const notePrefix = 'Note: ';

/** What warnings are drawn from. */
export interface WarningFacts {
  readonly scenario: Scenario;
  readonly outcome: RunOutcome;
  readonly opening: OpeningSummary;
  readonly generator: GeneratorSummary;
  /** Latencies below zero. */
  readonly negativeLatencies: number;
  readonly retries: RetryFigures;
  readonly audit: Pick<AuditReport, 'warnings'>;
}

/** What a reader should know before trusting a figure; notes come last. */
export function warningsOf(facts: WarningFacts): string[] {
  const { outcome, opening, generator } = facts;
  const found = bottleneckWarnings(generator);
  if (generator.eventLoopDelayMaxMs > eventLoopDelayMsMax) {
    const delay = formatDurationMs(generator.eventLoopDelayMaxMs);
    found.push(`Latency figures are tainted: a load generator stood still for up to ${delay}.`);
  }
  if (opening.latenessP99Us > latenessUsMax) {
    const lateness = formatDurationMs(opening.latenessP99Us / 1_000);
    found.push(
      waitedForPool(outcome)
        ? `First orders waited for a connection of the pool: they were sent late (p99 ${lateness} after they were due).`
        : `Latency figures are tainted: first orders were sent late (p99 ${lateness} after they were due).`,
    );
  }
  if (opening.warmConnections < opening.connections * warmShareMin) {
    const warm = `${formatCount(opening.warmConnections)} of ${formatCount(opening.connections)}`;
    found.push(`Only ${warm} connections were warm at the opening, so the herd was blunted.`);
  }
  if (generator.droppedArrivals > 0) {
    const dropped = formatCount(generator.droppedArrivals);
    found.push(`${dropped} planned first attempts were never sent: demand was below the plan.`);
  }
  if (facts.negativeLatencies > 0) {
    const negative = formatCount(facts.negativeLatencies);
    found.push(`${negative} latencies were below zero and taken as 0: clocks disagree.`);
  }
  const doubled = facts.retries.doubled.lo;
  if (doubled > 0) {
    found.push(
      `${formatCount(doubled)} ${doubled === 1 ? 'purchase was' : 'purchases were'} made more than once. ` +
        doubledCause(facts.scenario),
    );
  }
  found.push(...unmappedWarnings(outcome.workers));
  if (outcome.truthNote !== undefined) found.push(`Snapshot of the store: ${outcome.truthNote}`);
  found.push(...facts.audit.warnings);
  const notes = [...poolNotes(outcome), ...notesOf(facts.scenario)];
  return [...new Set([...found, ...outcome.warnings, ...notes])];
}

/** The counts stand: what was sold follows from answers and the store, however late a click was. */
function bottleneckWarnings({ selfCheck }: GeneratorSummary): string[] {
  const { bottlenecks = [] } = selfCheck ?? {};
  if (bottlenecks.length === 0) return [];
  return [
    `The load generator was the bottleneck: ${bottlenecks.join('; ')}. Less load came than was planned, ` +
      'or later; latency thresholds are unknown, and the counts stand.',
  ];
}

function waitedForPool({ workers }: RunOutcome): boolean {
  return workers.some(({ poolWaits }) => (poolWaits?.count ?? 0) > 0);
}

/** The wait is the client's own doing, but part of what a buyer sees: it is told apart, not hidden. */
function poolNotes({ workers, opening }: RunOutcome): string[] {
  const waits = workers.flatMap(({ poolWaits }) => (poolWaits === undefined ? [] : [poolWaits]));
  const count = sum(waits.map((wait) => wait.count));
  if (count === 0) return [];
  const meanMs = sum(waits.map(({ totalMs }) => totalMs)) / count;
  const maxMs = Math.max(...waits.map((wait) => wait.maxMs));
  return [
    `${notePrefix}${formatCount(count)} requests waited for one of the ${formatCount(opening.connections)} ` +
      `connections of the pool, ${formatDurationMs(meanMs)} on average and ${formatDurationMs(maxMs)} at most. ` +
      'Response times include it, service times do not.',
  ];
}

function doubledCause({ client }: Scenario): string {
  return client.idempotencyKey === 'per-attempt'
    ? 'The client sends a fresh key with each attempt, so no server could know a retry.'
    : 'All had one key each: the server took a retry for another order.';
}

function notesOf({ target, workload }: Scenario): string[] {
  const found: string[] = [];
  if (workload.model === 'closed') {
    found.push(
      `${notePrefix}the workload is closed: a slow server is asked less often, so its latency looks ` +
        'better than that of the same people coming of their own accord.',
    );
  }
  const note = target.reference && durabilityNote(target.reference);
  return note === undefined ? found : [...found, `${notePrefix}${note}`];
}

/** What the place of the orders means for what a run can say of crashes. */
function durabilityNote({
  stock,
  stores,
}: NonNullable<Scenario['target']['reference']>): string | undefined {
  const anyCrash =
    'a crash of its processes loses nothing, a power cut may, so this run says nothing about durability against one.';
  switch (stock.store) {
    case 'postgres':
      if (stores.postgres !== undefined) return undefined;
      return `the embedded PostgreSQL runs with fsync=off: ${anyCrash}`;
    case 'mysql':
      if (stores.mysql !== undefined) return undefined;
      return `the private MySQL syncs its log once a second: ${anyCrash}`;
    case 'memory':
      return 'the orders are in the memory of the server process: they end with it.';
  }
}
