import { nsPerUs } from '../core/clock.ts';
import type { RunOutcome } from '../engine/run-outcome.ts';
import { probeAttempt } from '../history/attempt.ts';
import { type AttemptChunk, operationIndexOfKind, outcomeIndexOfKind } from '../history/chunk.ts';
import { type OutcomeClass, operations, outcomeClasses } from '../history/vocabulary.ts';
import { LatencyHistogram } from '../metrics/histogram.ts';
import { LatencyCollector } from './latency.ts';
import { isHeldBack, orderEndsOf } from './order-ends.ts';

/** Everything that is counted over the attempts of a run. */
export interface Tally {
  /** Attempts on orders by class. What the client itself held back is no attempt. */
  readonly outcomes: Readonly<Record<OutcomeClass, number>>;
  /** All attempts by operation and code; `heldBack` and `probe` are groups of their own. */
  readonly codes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly latency: LatencyCollector;
  /** Order attempts. */
  readonly attempts: number;
  /** Intents that began, be it that their first attempt was held back. */
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
  /** Sent minus due over first attempts that were sent: on orders, or to be let in. */
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
  const counter = new Counter(outcome, sales);
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
const loginOperation = operations.indexOf('login');
const enterOperation = operations.indexOf('enter');
const logoutEverywhereOperation = operations.indexOf('logout-everywhere');
const logoutOperations: ReadonlySet<number> = new Set([
  operations.indexOf('logout'),
  logoutEverywhereOperation,
]);
/** Devices of one user that are told apart, at most: the history keeps their number in 8 bits. */
const devicesMax = 256;
const okOutcome = outcomeClasses.indexOf('ok');

/** What attempts are counted under: their operation, or that they were probes. */
const groups = [...operations, 'probe', 'heldBack'];
const probeGroup = operations.length;
const heldBackGroup = probeGroup + 1;

/** Counts attempts by column: there may be millions. */
class Counter {
  readonly #outcomes = new Uint32Array(outcomeClasses.length);
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
  /** What people do first: that is what was planned. */
  readonly #firstStep: number;

  /** @param sales indices of the attempts that sold something */
  constructor({ plan, contract }: RunOutcome, sales: ReadonlySet<number>) {
    this.#herdOf = plan.herd;
    this.#sales = sales;
    this.#firstStep = contract.waitingRoom === undefined ? orderOperation : enterOperation;
  }

  /** @param base index of the chunk's first attempt */
  addChunk(chunk: AttemptChunk, base: number): void {
    const { length, kind, attempt, code, codes } = chunk;
    const unauthorized = codes.indexOf('unauthorized');
    const counts = new CodeCounts(codes);
    const endOf = orderEndsOf(chunk);
    this.latency.addChunk(chunk);
    for (let row = 0; row < length; row += 1) {
      const kindOfRow = kind[row] ?? 0;
      const operation = operationIndexOfKind(kindOfRow);
      const outcome = outcomeIndexOfKind(kindOfRow);
      const isProbe = attempt[row] === probeAttempt;
      const isHeld = operation === orderOperation && isHeldBack(endOf(row));
      const group = isHeld ? heldBackGroup : operation;
      counts.add(isProbe ? probeGroup : group, code[row] ?? 0);
      if (operation === loginOperation) this.evictions.addLogin(chunk, row, outcome);
      else if (logoutOperations.has(operation) && outcome === okOutcome) {
        this.evictions.addLogout(chunk, row, operation === logoutEverywhereOperation);
      } else if (code[row] === unauthorized) this.evictions.addRefusal(chunk, row);
      const isSale = outcome === okOutcome && this.#sales.has(base + row);
      if (isSale) this.#addSale(chunk, row);
      if (isProbe) {
        this.probes += 1;
        continue;
      }
      if (operation === this.#firstStep && attempt[row] === 1) this.#addFirst(chunk, row);
      if (operation !== orderOperation) continue;
      if (!isHeld) this.#outcomes[outcome] = (this.#outcomes[outcome] ?? 0) + 1;
      if (attempt[row] === 1) this.firstAttempts += 1;
    }
    counts.addTo(this.codes);
  }

  /** Attempts on orders by class. */
  get outcomes(): Readonly<Record<OutcomeClass, number>> {
    const [ok = 0, fail = 0, info = 0] = this.#outcomes;
    return { ok, fail, info };
  }

  #addSale({ quantity, doneNs }: AttemptChunk, row: number): void {
    this.acknowledgedUnits += quantity[row] ?? 0;
    this.sales += 1;
    const atNs = doneNs[row] ?? Number.NaN;
    if (!(atNs <= this.lastSaleNs)) this.lastSaleNs = atNs;
  }

  #addFirst({ intent, sentNs, scheduledNs }: AttemptChunk, row: number): void {
    const sentAtNs = sentNs[row] ?? Number.NaN;
    if (Number.isNaN(sentAtNs)) return;
    this.lateness.record((sentAtNs - (scheduledNs[row] ?? 0)) / nsPerUs);
    if (this.#herdOf[intent[row] ?? -1] !== 1) return;
    this.herd.sent += 1;
    this.herd.firstNs = Math.min(this.herd.firstNs, sentAtNs);
    this.herd.lastNs = Math.max(this.herd.lastNs, sentAtNs);
  }
}

/** Attempts of one chunk by group and code. */
class CodeCounts {
  readonly #codes: readonly string[];
  readonly #counts: Uint32Array;
  /** Cells in the order of their first attempt. */
  readonly #met: number[] = [];

  constructor(codes: readonly string[]) {
    this.#codes = codes;
    this.#counts = new Uint32Array(groups.length * codes.length);
  }

  add(group: number, code: number): void {
    const cell = group * this.#codes.length + code;
    const count = this.#counts[cell] ?? 0;
    if (count === 0) this.#met.push(cell);
    this.#counts[cell] = count + 1;
  }

  addTo(total: Map<string, Map<string, number>>): void {
    const codes = this.#codes;
    for (const cell of this.#met) {
      const group = groups[Math.floor(cell / codes.length)] ?? '';
      const text = codes[cell % codes.length] ?? '';
      const byCode = total.get(group) ?? new Map<string, number>();
      total.set(group, byCode.set(text, (byCode.get(text) ?? 0) + (this.#counts[cell] ?? 0)));
    }
  }
}

/** Spread of the herd's first attempts as planned, in µs; 0 without a herd. */
export function plannedHerdSpreadUs({ plan }: RunOutcome): number {
  let firstNs = Number.POSITIVE_INFINITY;
  let lastNs = Number.NEGATIVE_INFINITY;
  for (let intent = 0; intent < plan.arrivalNs.length; intent += 1) {
    if (plan.herd[intent] !== 1) continue;
    const arrivalNs = plan.arrivalNs[intent] ?? Number.NaN;
    // Who leaves before the opening never comes.
    if (!Number.isFinite(arrivalNs)) continue;
    firstNs = Math.min(firstNs, arrivalNs);
    lastNs = Math.max(lastNs, arrivalNs);
  }
  return lastNs < firstNs ? 0 : (lastNs - firstNs) / nsPerUs;
}

/** Sum of numbers. */
export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Counts devices that were logged in and lost it: what answers alone tell of evictions. */
class EvictionWatch {
  readonly #loggedIn = new Set<number>();
  readonly #evicted = new Set<number>();

  addLogin(chunk: AttemptChunk, row: number, outcome: number): void {
    if (outcome === okOutcome) this.#loggedIn.add(deviceOf(chunk, row));
  }

  /** Who logged out was not evicted. */
  addLogout(chunk: AttemptChunk, row: number, everywhere: boolean): void {
    const device = deviceOf(chunk, row);
    if (!everywhere) this.#loggedIn.delete(device);
    else for (const own of devicesOfUser(device)) this.#loggedIn.delete(own);
  }

  /** The device was told that it has no session. */
  addRefusal(chunk: AttemptChunk, row: number): void {
    const device = deviceOf(chunk, row);
    if (this.#loggedIn.has(device)) this.#evicted.add(device);
  }

  get count(): number {
    return this.#evicted.size;
  }
}

/** All that {@link deviceOf} can name of the same user. */
function devicesOfUser(device: number): readonly number[] {
  const first = device - (device % devicesMax);
  return Array.from({ length: devicesMax }, (_, index) => first + index);
}

function deviceOf({ user, device }: AttemptChunk, row: number): number {
  return (user[row] ?? 0) * devicesMax + (device[row] ?? 0);
}
