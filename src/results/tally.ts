import { nsPerUs } from '../core/clock.ts';
import type { RunOutcome } from '../engine/run-outcome.ts';
import { probeAttempt } from '../history/attempt.ts';
import { type AttemptChunk, operationIndexOfKind, outcomeOfKind } from '../history/chunk.ts';
import { type OutcomeClass, operations } from '../history/vocabulary.ts';
import { LatencyHistogram } from '../metrics/histogram.ts';
import { LatencyCollector } from './latency.ts';

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
  /** Requests that deliberately tested a rule. Counted here and under the code `probe` only. */
  readonly probes: number;
  /** Units by ok answers, each key once. */
  readonly acknowledgedUnits: number;
  /** Acknowledged orders, each key once. */
  readonly sales: number;
  /** Answer to the last of them, ns since the epoch; NaN when there was none. */
  readonly lastSaleNs: number;
  /** Devices that were logged in and later told `unauthorized`. */
  readonly evictedByAnswers: number;
  /** Sent minus due over first order attempts that were sent. */
  readonly lateness: LatencyHistogram;
  /** First attempts of the herd that were sent. */
  readonly herdSent: number;
  readonly herdSpreadUs: number;
}

/**
 * Reads the history once.
 *
 * @param sales indices of the attempts that sold something
 */
export function tally(outcome: RunOutcome, sales: ReadonlySet<number>): Tally {
  const counter = new Counter(outcome.plan.herd, sales);
  let base = 0;
  for (const chunk of outcome.attempts.chunks()) {
    counter.addChunk(chunk, base);
    base += chunk.length;
  }
  const { outcomes, codes, herd } = counter;
  return {
    outcomes,
    codes: Object.fromEntries(
      Array.from(codes, ([operation, byCode]) => [operation, Object.fromEntries(byCode)]),
    ),
    latency: counter.latency,
    attempts: outcomes.ok + outcomes.fail + outcomes.info,
    firstAttempts: counter.firstAttempts,
    rateLimited: sum(Array.from(codes.values(), (byCode) => byCode.get('limited') ?? 0)),
    probes: counter.probes,
    acknowledgedUnits: counter.acknowledgedUnits,
    sales: counter.sales,
    lastSaleNs: counter.lastSaleNs,
    evictedByAnswers: counter.evictions.count,
    lateness: counter.lateness,
    herdSent: herd.sent,
    herdSpreadUs: herd.sent === 0 ? 0 : (herd.lastNs - herd.firstNs) / nsPerUs,
  };
}

const orderOperation = operations.indexOf('order');

/** Counts attempts by column: there may be millions. */
class Counter {
  readonly outcomes: Record<OutcomeClass, number> = { ok: 0, fail: 0, info: 0 };
  /** Attempts by operation, or `probe`, and code; both in the order of their first attempt. */
  readonly codes = new Map<string, Map<string, number>>();
  readonly latency = new LatencyCollector();
  readonly lateness = new LatencyHistogram();
  readonly evictions = new EvictionWatch();
  readonly herd = {
    sent: 0,
    firstNs: Number.POSITIVE_INFINITY,
    lastNs: Number.NEGATIVE_INFINITY,
  };
  firstAttempts = 0;
  probes = 0;
  acknowledgedUnits = 0;
  sales = 0;
  lastSaleNs = Number.NaN;
  readonly #herdOf: Uint8Array;
  readonly #sales: ReadonlySet<number>;

  /**
   * @param herdOf 1 for an intent of the herd
   * @param sales indices of the attempts that sold something
   */
  constructor(herdOf: Uint8Array, sales: ReadonlySet<number>) {
    this.#herdOf = herdOf;
    this.#sales = sales;
  }

  /** @param base index of the chunk's first attempt */
  addChunk(chunk: AttemptChunk, base: number): void {
    const { length, kind, attempt } = chunk;
    this.#countCodes(chunk);
    for (let row = 0; row < length; row += 1) {
      this.evictions.addRow(chunk, row);
      const isOk = outcomeOfKind(kind[row] ?? 0) === 'ok';
      if (isOk && this.#sales.has(base + row)) this.#addSale(chunk, row);
      if (attempt[row] === probeAttempt) {
        this.probes += 1;
        continue;
      }
      this.latency.addRow(chunk, row);
      const kindOfRow = kind[row] ?? 0;
      if (operationIndexOfKind(kindOfRow) !== orderOperation) continue;
      this.outcomes[outcomeOfKind(kindOfRow)] += 1;
      if (attempt[row] === 1) this.#addFirst(chunk, row);
    }
  }

  #addSale({ quantity, doneNs }: AttemptChunk, row: number): void {
    this.acknowledgedUnits += quantity[row] ?? 0;
    this.sales += 1;
    const atNs = doneNs[row] ?? Number.NaN;
    if (!(atNs <= this.lastSaleNs)) this.lastSaleNs = atNs;
  }

  #addFirst({ intent, sentNs, scheduledNs }: AttemptChunk, row: number): void {
    this.firstAttempts += 1;
    const sentAtNs = sentNs[row] ?? Number.NaN;
    if (Number.isNaN(sentAtNs)) return;
    this.lateness.record((sentAtNs - (scheduledNs[row] ?? 0)) / nsPerUs);
    if (this.#herdOf[intent[row] ?? -1] !== 1) return;
    this.herd.sent += 1;
    this.herd.firstNs = Math.min(this.herd.firstNs, sentAtNs);
    this.herd.lastNs = Math.max(this.herd.lastNs, sentAtNs);
  }

  #countCodes({ length, kind, attempt, code, codes }: AttemptChunk): void {
    const groups = [...operations, 'probe'];
    const counts = new Uint32Array(groups.length * codes.length);
    const met: number[] = [];
    for (let row = 0; row < length; row += 1) {
      const operation = operationIndexOfKind(kind[row] ?? 0);
      const group = attempt[row] === probeAttempt ? operations.length : operation;
      const cell = group * codes.length + (code[row] ?? 0);
      const count = counts[cell] ?? 0;
      if (count === 0) met.push(cell);
      counts[cell] = count + 1;
    }
    for (const cell of met) {
      const group = groups[Math.floor(cell / codes.length)] ?? '';
      const text = codes[cell % codes.length] ?? '';
      const byCode = this.codes.get(group) ?? new Map<string, number>();
      this.codes.set(group, byCode.set(text, (byCode.get(text) ?? 0) + (counts[cell] ?? 0)));
    }
  }
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

const loginOperation = operations.indexOf('login');

/** Counts devices that were logged in and lost it: what answers alone tell of evictions. */
class EvictionWatch {
  readonly #loggedIn = new Set<number>();
  readonly #evicted = new Set<number>();

  addRow({ kind, code, codes, user, device }: AttemptChunk, row: number): void {
    const kindOfRow = kind[row] ?? 0;
    const isLogin = operationIndexOfKind(kindOfRow) === loginOperation;
    if (!isLogin && codes[code[row] ?? 0] !== 'unauthorized') return;
    const id = (user[row] ?? 0) * 256 + (device[row] ?? 0);
    if (!isLogin) {
      if (this.#loggedIn.has(id)) this.#evicted.add(id);
    } else if (outcomeOfKind(kindOfRow) === 'ok') this.#loggedIn.add(id);
  }

  get count(): number {
    return this.#evicted.size;
  }
}
