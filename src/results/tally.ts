import { nsPerUs } from '../core/clock.ts';
import type { RunOutcome } from '../engine/run-outcome.ts';
import type { OutcomeClass } from '../history/vocabulary.ts';
import { LatencyHistogram } from '../metrics/histogram.ts';
import { LatencyCollector } from './latency.ts';
import { firstSales } from './timeline.ts';

/** Everything that is counted over the attempts of a run. */
export interface Tally {
  /** Attempts on orders by class. */
  readonly outcomes: Readonly<Record<OutcomeClass, number>>;
  /** All attempts by operation and code. */
  readonly codes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly latency: LatencyCollector;
  /** Order attempts. */
  readonly attempts: number;
  readonly firstAttempts: number;
  /** Requests of any kind that were answered with `limited`. */
  readonly rateLimited: number;
  /** Units by ok answers, each key once. */
  readonly acknowledgedUnits: number;
  /** Devices that were logged in and later told `unauthorized`. */
  readonly evictedByAnswers: number;
  /** Sent minus due over first order attempts that were sent. */
  readonly lateness: LatencyHistogram;
  /** First attempts of the herd that were sent. */
  readonly herdSent: number;
  readonly herdSpreadUs: number;
}

/** Reads the history once (and the sales of it a second time). */
export function tally(outcome: RunOutcome): Tally {
  const outcomes: Record<OutcomeClass, number> = { ok: 0, fail: 0, info: 0 };
  const codes = new Map<string, Map<string, number>>();
  const latency = new LatencyCollector();
  const lateness = new LatencyHistogram();
  const evictions = new EvictionWatch();
  const sales = firstSales(outcome.attempts);
  const herd = { sent: 0, firstNs: Number.POSITIVE_INFINITY, lastNs: Number.NEGATIVE_INFINITY };
  let firstAttempts = 0;
  let acknowledgedUnits = 0;
  outcome.attempts.forEach((attempt, index) => {
    latency.add(attempt);
    evictions.add(attempt);
    const byCode = codes.get(attempt.operation) ?? new Map<string, number>();
    codes.set(attempt.operation, byCode.set(attempt.code, (byCode.get(attempt.code) ?? 0) + 1));
    if (attempt.operation !== 'order') return;
    outcomes[attempt.outcome] += 1;
    if (sales.has(index)) acknowledgedUnits += attempt.quantity;
    if (attempt.attempt !== 1) return;
    firstAttempts += 1;
    if (Number.isNaN(attempt.sentNs)) return;
    lateness.record((attempt.sentNs - attempt.scheduledNs) / nsPerUs);
    if (outcome.plan.herd[attempt.intent] !== 1) return;
    herd.sent += 1;
    herd.firstNs = Math.min(herd.firstNs, attempt.sentNs);
    herd.lastNs = Math.max(herd.lastNs, attempt.sentNs);
  });
  return {
    outcomes,
    codes: Object.fromEntries(
      Array.from(codes, ([operation, byCode]) => [operation, Object.fromEntries(byCode)]),
    ),
    latency,
    attempts: outcomes.ok + outcomes.fail + outcomes.info,
    firstAttempts,
    rateLimited: sum(Array.from(codes.values(), (byCode) => byCode.get('limited') ?? 0)),
    acknowledgedUnits,
    evictedByAnswers: evictions.count,
    lateness,
    herdSent: herd.sent,
    herdSpreadUs: herd.sent === 0 ? 0 : (herd.lastNs - herd.firstNs) / nsPerUs,
  };
}

/** Spread of the herd's first attempts as planned, in µs; 0 without a herd. */
export function plannedHerdSpreadUs({ plan }: RunOutcome): number {
  let firstNs = Number.POSITIVE_INFINITY;
  let lastNs = Number.NEGATIVE_INFINITY;
  for (const [intent, arrivalNs] of plan.arrivalNs.entries()) {
    if (plan.herd[intent] !== 1) continue;
    firstNs = Math.min(firstNs, arrivalNs);
    lastNs = Math.max(lastNs, arrivalNs);
  }
  return lastNs < firstNs ? 0 : (lastNs - firstNs) / nsPerUs;
}

/** Sum of numbers. */
export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

interface SeenAttempt {
  readonly operation: string;
  readonly outcome: OutcomeClass;
  readonly code: string;
  readonly user: number;
  readonly device: number;
}

/** Counts devices that were logged in and lost it: what answers alone tell of evictions. */
class EvictionWatch {
  readonly #loggedIn = new Set<string>();
  readonly #evicted = new Set<string>();

  add({ operation, outcome, code, user, device }: SeenAttempt): void {
    if (operation === 'login' && outcome === 'ok') this.#loggedIn.add(`${user}-${device}`);
    else if (code === 'unauthorized' && operation !== 'login') {
      const id = `${user}-${device}`;
      if (this.#loggedIn.has(id)) this.#evicted.add(id);
    }
  }

  get count(): number {
    return this.#evicted.size;
  }
}
