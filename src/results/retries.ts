import { nsPerS } from '../core/clock.ts';
import { parseKey, probeAttempt, probeKeyVariants } from '../history/attempt.ts';
import { type AttemptChunk, operationIndexOfKind, outcomeIndexOfKind } from '../history/chunk.ts';
import type { AttemptStore } from '../history/store.ts';
import type { TruthSnapshot } from '../history/truth.ts';
import { operations, outcomeClasses } from '../history/vocabulary.ts';
import { heldBackEnd, isHeldBack, orderEndCount, orderEnds, orderEndsOf } from './order-ends.ts';
import type { RetrySummary } from './result.ts';
import type { Interval } from './thresholds.ts';

const orderOperation = operations.indexOf('order');
const okOutcome = outcomeClasses.indexOf('ok');
const infoOutcome = outcomeClasses.indexOf('info');

/** Retries of a run: what they added to the load, and what came of it. */
export interface RetryFigures {
  readonly summary: RetrySummary;
  /** Intents with more than one order. */
  readonly doubled: Interval;
}

/**
 * Counts retries and what came of them.
 *
 * @param truth what the store held in the end; undefined when nobody knows
 */
export function countRetries(
  attempts: AttemptStore,
  runId: string,
  truth: TruthSnapshot | undefined,
): RetryFigures {
  const counter = new RetryCounter(intentsIn(attempts));
  for (const chunk of attempts.chunks()) counter.addChunk(chunk);
  const { fromNs, toNs } = counter;
  const spanS = toNs > fromNs ? (toNs - fromNs) / nsPerS : 0;
  const useful = counter.ended(orderEnds.useful);
  const givenUp = counter.ended(orderEnds.givenUp);
  const completions = useful + counter.ended(orderEnds.answered);
  const proven = truth === undefined ? 0 : counter.provenLate(runId, truth);
  const doubled = truth === undefined ? counter.doubledByAnswers() : doubledInStore(runId, truth);
  return {
    summary: {
      attemptsPerIntent: counter.attemptsPerIntent(),
      heldBack: {
        breaker: counter.ended(heldBackEnd('circuit-open')),
        throttle: counter.ended(heldBackEnd('throttled')),
        budget: counter.ended(heldBackEnd('retry-budget')),
      },
      useful,
      completions,
      givenUp,
      goodputPerS: quotient(useful, spanS),
      throughputPerS: quotient(completions, spanS),
      wastedWork: {
        lo: quotient(proven, completions + proven),
        hi: quotient(givenUp, completions + givenUp),
      },
      doubledIntents: doubled.lo,
    },
    doubled,
  };
}

/** 0 where there is nothing to divide by. */
function quotient(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

/** Intents are numbered from 0: how large a table of all that are in a history has to be. */
function intentsIn(attempts: AttemptStore): number {
  let last = -1;
  for (const { length, intent } of attempts.chunks()) {
    for (let row = 0; row < length; row += 1) last = Math.max(last, intent[row] ?? -1);
  }
  return last + 1;
}

/** Intents with more than one confirmed order, whatever their keys. Orders of probes are nobody's wish. */
function doubledInStore(runId: string, { orders }: TruthSnapshot): Interval {
  const ordersOf = new Map<number, number>();
  for (const { key, status } of orders) {
    const parsed = key === null || status !== 'confirmed' ? undefined : parseKey(runId, key);
    if (parsed === undefined || parsed.keyVariant >= probeKeyVariants.beforeOpen) continue;
    ordersOf.set(parsed.intent, (ordersOf.get(parsed.intent) ?? 0) + 1);
  }
  const doubled = Array.from(ordersOf.values()).filter((count) => count > 1).length;
  return { lo: doubled, hi: doubled };
}

/** Reads a history once, by column: there may be millions of attempts. */
class RetryCounter {
  readonly #ends = new Uint32Array(orderEndCount);
  /** When the first order was due, and the last had ended. */
  fromNs = Number.POSITIVE_INFINITY;
  toNs = Number.NEGATIVE_INFINITY;
  /** By intent: whether it began, how often it was sent, 1 + the key variant of its first ok answer. */
  readonly #begun: Uint8Array;
  /** By intent, 1: some attempt was given up. */
  readonly #gaveUp: Uint8Array;
  readonly #sent: Uint32Array;
  readonly #okVariant: Uint32Array;
  /** Keys of attempts that were given up, less those whose retry was answered. */
  readonly #givenUp = new Set<number>();
  readonly #doubled = new Set<number>();
  #hasUncertain = false;

  constructor(intents: number) {
    this.#begun = new Uint8Array(intents);
    this.#gaveUp = new Uint8Array(intents);
    this.#sent = new Uint32Array(intents);
    this.#okVariant = new Uint32Array(intents);
  }

  addChunk(chunk: AttemptChunk): void {
    const { length, kind, intent, attempt, scheduledNs, doneNs } = chunk;
    const endOf = orderEndsOf(chunk);
    let { fromNs, toNs } = this;
    for (let row = 0; row < length; row += 1) {
      const intentOfRow = intent[row] ?? -1;
      const isOrder = operationIndexOfKind(kind[row] ?? 0) === orderOperation;
      if (!isOrder || attempt[row] === probeAttempt || intentOfRow < 0) continue;
      fromNs = Math.min(fromNs, scheduledNs[row] ?? fromNs);
      toNs = Math.max(toNs, doneNs[row] ?? toNs);
      this.#begun[intentOfRow] = 1;
      const end = endOf(row);
      this.#ends[end] = (this.#ends[end] ?? 0) + 1;
      if (!isHeldBack(end)) this.#addSent(chunk, row, end);
    }
    this.fromNs = fromNs;
    this.toNs = toNs;
  }

  /** Attempts that ended so. */
  ended(end: number): number {
    return this.#ends[end] ?? 0;
  }

  #addSent({ intent, keyVariant, kind }: AttemptChunk, row: number, end: number): void {
    const who = intent[row] ?? 0;
    const variant = keyVariant[row] ?? 0;
    this.#sent[who] = (this.#sent[who] ?? 0) + 1;
    if (end === orderEnds.givenUp) {
      this.#gaveUp[who] = 1;
      this.#givenUp.add(keyNumber(who, variant));
    } else if (end !== orderEnds.lost && this.#gaveUp[who] === 1) {
      this.#givenUp.delete(keyNumber(who, variant));
    }
    const outcome = outcomeIndexOfKind(kind[row] ?? 0);
    if (outcome === infoOutcome) this.#hasUncertain = true;
    if (outcome !== okOutcome) return;
    const before = this.#okVariant[who] ?? 0;
    if (before === 0) this.#okVariant[who] = variant + 1;
    else if (before !== variant + 1) this.#doubled.add(who);
  }

  /** Intents with an order under two keys, as far as answers tell. */
  doubledByAnswers(): Interval {
    const { size } = this.#doubled;
    return { lo: size, hi: this.#hasUncertain ? null : size };
  }

  /** Orders that are in the store although nobody was waiting for their answer any more. */
  provenLate(runId: string, { orders }: TruthSnapshot): number {
    const late = orders.flatMap(({ key }) => {
      const parsed = key === null ? undefined : parseKey(runId, key);
      const number = parsed === undefined ? -1 : keyNumber(parsed.intent, parsed.keyVariant);
      return this.#givenUp.has(number) ? [number] : [];
    });
    return new Set(late).size;
  }

  attemptsPerIntent(): RetrySummary['attemptsPerIntent'] {
    const histogram: number[] = [];
    this.#begun.forEach((begun, intent) => {
      if (begun === 0) return;
      const sent = this.#sent[intent] ?? 0;
      while (histogram.length <= sent) histogram.push(0);
      histogram[sent] = (histogram[sent] ?? 0) + 1;
    });
    const max = Math.max(0, histogram.length - 1);
    return { p50: rankOf(histogram, 0.5), p99: rankOf(histogram, 0.99), max, histogram };
  }
}

/** The least value that so large a share of the counted ones do not exceed (nearest rank). */
function rankOf(histogram: readonly number[], portion: number): number {
  const total = histogram.reduce((sum, count) => sum + count, 0);
  let seen = 0;
  const found = histogram.findIndex((count) => {
    seen += count;
    return seen >= portion * total;
  });
  return Math.max(0, found);
}

function keyNumber(intent: number, keyVariant: number): number {
  return intent * 65_536 + keyVariant;
}
