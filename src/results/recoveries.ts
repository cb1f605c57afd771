import { nsPerMs } from '../core/clock.ts';
import type { RunOutcome } from '../engine/run-outcome.ts';
import { probeAttempt } from '../history/attempt.ts';
import { operationIndexOfKind } from '../history/chunk.ts';
import type { AttemptStore } from '../history/store.ts';
import { operations } from '../history/vocabulary.ts';
import type { Scenario } from '../scenarios/schema.ts';
import { orderEndsOf } from './order-ends.ts';
import { type BacklogSample, judgeRecovery, type LoadSeries } from './recovery.ts';
import type { RecoverySummary } from './result.ts';

const orderOperation = operations.indexOf('order');
const bucketMs = 100;
/** A day of buckets: no run is longer. */
const bucketsMax = 864_000;

/** What became of the server after each fault that fired, in the order of the scenario. */
export function recoveriesOf(
  scenario: Scenario,
  outcome: Pick<RunOutcome, 'attempts' | 'faults' | 'backlog' | 'opening'>,
): RecoverySummary[] {
  const { faults, attempts, opening } = outcome;
  if (!faults.some(({ fired }) => fired)) return [];
  const load = loadOf(attempts);
  const told = outcome.backlog.map(({ atNs, requests }) => ({
    atMs: atNs / nsPerMs,
    size: requests,
  }));
  const backlog = told.length > 0 ? told : load.openIntents;
  const zeroMs = opening.zeroNs / nsPerMs;
  return faults.flatMap(({ fired, firedNs, description }, index): RecoverySummary[] => {
    if (!fired) return [];
    const startMs = firedNs / nsPerMs;
    const trigger = { startMs, endMs: startMs + durationOf(scenario, index) };
    const laterMs = faults
      .map((other) => other.firedNs / nsPerMs)
      .filter((atMs) => atMs > trigger.startMs);
    const observedUntilMs = Math.min(load.lastFirstMs, ...laterMs);
    const found = judgeRecovery({ series: load.series, backlog, trigger, observedUntilMs });
    return [
      {
        fault: description,
        endedAtMs: trigger.endMs - zeroMs,
        verdict: found.verdict,
        timeToRecoverMs: found.timeToRecoverMs ?? null,
        baselinePerS: found.baselinePerS ?? null,
        lastPerS: found.lastPerS,
        windowMs: found.windowMs,
        holdMs: found.holdMs,
        observedMs: found.observedMs,
        backlog: told.length > 0 ? 'server' : 'client',
        reason: found.reason,
      },
    ];
  });
}

/** How long a fault lasts, in ms; 0 for one that is over as it strikes. Faults are in the scenario's order. */
function durationOf({ faults }: Pick<Scenario, 'faults'>, index: number): number {
  const entry = faults[index];
  return entry !== undefined && 'for' in entry ? (entry.for ?? 0) : 0;
}

interface Load {
  readonly series: LoadSeries;
  /** When the last first attempt was due. */
  readonly lastFirstMs: number;
  /** Intents that have begun and not ended: a client's own view of the backlog. */
  readonly openIntents: readonly BacklogSample[];
}

/** Orders over time, in buckets of 100 ms. Times are ms since the run's epoch. */
function loadOf(attempts: AttemptStore): Load {
  const span = spanOf(attempts);
  const startMs = Math.floor(span.fromMs / bucketMs) * bucketMs;
  const wanted = Math.floor((span.toMs - startMs) / bucketMs) + 1;
  const buckets = Number.isFinite(wanted) ? Math.min(bucketsMax, Math.max(0, wanted)) : 0;
  const firstAttempts = new Float64Array(buckets);
  const goodput = new Float64Array(buckets);
  const endMsOf = new Map<number, { beganMs: number; endedMs: number }>();
  for (const chunk of attempts.chunks()) {
    const { length, kind, attempt, intent, scheduledNs, doneNs } = chunk;
    const endOf = orderEndsOf(chunk);
    for (let row = 0; row < length; row += 1) {
      if (!isOrderRow(kind[row], attempt[row])) continue;
      const dueMs = (scheduledNs[row] ?? Number.NaN) / nsPerMs;
      const doneMs = (doneNs[row] ?? Number.NaN) / nsPerMs;
      if (attempt[row] === 1) addAt(firstAttempts, (dueMs - startMs) / bucketMs);
      if (endOf(row) === 'useful') addAt(goodput, (doneMs - startMs) / bucketMs);
      const who = intent[row] ?? -1;
      const open = endMsOf.get(who);
      if (open === undefined) endMsOf.set(who, { beganMs: dueMs, endedMs: doneMs });
      else open.endedMs = Math.max(open.endedMs, doneMs);
    }
  }
  const change = new Float64Array(buckets + 1);
  for (const { beganMs, endedMs } of endMsOf.values()) {
    addAt(change, (beganMs - startMs) / bucketMs);
    addAt(change, (endedMs - startMs) / bucketMs, -1);
  }
  let open = 0;
  const openIntents = Array.from({ length: buckets }, (_, bucket) => {
    open += change[bucket] ?? 0;
    return { atMs: startMs + (bucket + 1) * bucketMs, size: open };
  });
  return {
    series: { bucketMs, startMs, firstAttempts, goodput },
    lastFirstMs: span.lastFirstMs,
    openIntents,
  };
}

function addAt(counts: Float64Array, position: number, amount = 1): void {
  const bucket = Math.floor(position);
  if (bucket >= 0 && bucket < counts.length) counts[bucket] = (counts[bucket] ?? 0) + amount;
}

function isOrderRow(kind = 0, attempt = probeAttempt): boolean {
  return operationIndexOfKind(kind) === orderOperation && attempt !== probeAttempt;
}

function spanOf(attempts: AttemptStore): { fromMs: number; toMs: number; lastFirstMs: number } {
  let fromNs = Number.POSITIVE_INFINITY;
  let toNs = Number.NEGATIVE_INFINITY;
  let lastFirstNs = Number.NEGATIVE_INFINITY;
  for (const { length, kind, attempt, scheduledNs, doneNs } of attempts.chunks()) {
    for (let row = 0; row < length; row += 1) {
      if (!isOrderRow(kind[row], attempt[row])) continue;
      const dueNs = scheduledNs[row] ?? Number.NaN;
      if (dueNs < fromNs) fromNs = dueNs;
      if (attempt[row] === 1 && dueNs > lastFirstNs) lastFirstNs = dueNs;
      const endNs = doneNs[row] ?? Number.NaN;
      if (endNs > toNs) toNs = endNs;
    }
  }
  return {
    fromMs: fromNs / nsPerMs,
    toMs: toNs / nsPerMs,
    lastFirstMs: lastFirstNs / nsPerMs,
  };
}
