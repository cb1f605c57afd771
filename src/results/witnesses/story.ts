import type { AuditReport } from '../../audit/audit.ts';
import type { Evidence } from '../../audit/evidence.ts';
import type { InvariantResult, Witness } from '../../audit/invariant.ts';
import { nsPerMs } from '../../core/clock.ts';
import type { Attempt } from '../../history/attempt.ts';
import type { LedgerEntry } from '../../history/truth.ts';
import { journalledCode } from '../../history/vocabulary.ts';

/**
 * How an invariant was broken, as a person can follow it: which requests, when, what was answered
 * and what the store held. Made from one witness, with as little around it as explains it.
 */
export interface Story {
  /** Number of the invariant, such as `I1`. */
  readonly id: string;
  readonly invariant: string;
  readonly title: string;
  /** What was found over the whole run. */
  readonly figure: string;
  /** The witness in one line. */
  readonly summary: string;
  readonly steps: readonly StoryStep[];
  /** What the store held in the end, one fact a line. */
  readonly store: readonly string[];
  /** Attempts of the history that the steps come from. */
  readonly attempts: readonly number[];
}

/** One message or fact of a story. */
export interface StoryStep {
  readonly kind: 'request' | 'answer' | 'silence' | 'store';
  /** From the opening, in milliseconds; null when nobody knows. */
  readonly atMs: number | null;
  /** The device that asks or is answered; `store` for a fact of the store. */
  readonly actor: string;
  readonly text: string;
}

/** More would not be read. */
const attemptsMax = 8;
const storeFactsMax = 8;

/** One story for each invariant that was violated, in the order of the audit. */
export function storiesOf(audit: AuditReport, evidence: Evidence): Story[] {
  return Object.values(audit.invariants).flatMap((found) => {
    const { worst, first } = found.witnesses;
    const witness = worst ?? first;
    return found.verdict !== 'violated' || witness === null
      ? []
      : [storyOf(found, witness, evidence)];
  });
}

function storyOf(found: InvariantResult, witness: Witness, evidence: Evidence): Story {
  const entries = ledgerOf(witness, evidence);
  const twins = twinsOf(entries, evidence);
  const attempts = attemptsOf(witness, twins, evidence);
  const steps = attempts.flatMap((index) => stepsOf(evidence, evidence.attempts.read(index)));
  const movements = [...entries, ...twins].slice(0, storeFactsMax).sort((a, b) => a.seq - b.seq);
  steps.push(...movements.map((entry) => movement(entry)));
  const { lo, hi, unit } = found;
  const range = lo === hi ? String(lo) : `${lo} to ${hi ?? 'unknown'}`;
  return {
    id: found.id,
    invariant: found.name,
    title: found.title,
    figure: `${range} ${unit}`.trim(),
    summary: witness.summary,
    steps: inOrder(steps),
    store: factsOf(witness, evidence),
    attempts,
  };
}

/** By time; what has none (movements of the store) keeps its place at the end. */
function inOrder(steps: readonly StoryStep[]): StoryStep[] {
  const at = ({ atMs }: StoryStep): number => atMs ?? Number.POSITIVE_INFINITY;
  return [...steps].sort((a, b) => (at(a) === at(b) ? 0 : at(a) - at(b)));
}

function attemptsOf(
  { attempts, keys }: Witness,
  twins: readonly LedgerEntry[],
  evidence: Evidence,
): number[] {
  const wanted = new Set(attempts.slice(0, attemptsMax));
  // The other half of a lost update: without it the story has only its victim.
  const others = new Set(twins.flatMap(({ key }) => (key === null ? [] : [key])));
  for (const key of keys ?? []) others.delete(key);
  if (attempts.length === 0) for (const key of keys ?? []) others.add(key);
  for (const index of firstAttempts(others, evidence)) {
    if (wanted.size < attemptsMax) wanted.add(index);
  }
  return [...wanted].sort((a, b) => a - b);
}

/** The attempts under some keys that decided something, found in one pass. */
function firstAttempts(keys: ReadonlySet<string>, evidence: Evidence): number[] {
  const byIntent = new Map<number, number>();
  for (const key of keys) {
    const parsed = evidence.names.parseKey(key);
    if (parsed !== undefined) byIntent.set(parsed.intent, parsed.keyVariant);
  }
  const found: number[] = [];
  if (byIntent.size === 0) return found;
  let base = 0;
  for (const chunk of evidence.attempts.chunks()) {
    for (let row = 0; row < chunk.length && found.length < attemptsMax; row += 1) {
      const variant = byIntent.get(chunk.intent[row] ?? -1);
      if (variant !== undefined && variant === chunk.keyVariant[row]) found.push(base + row);
    }
    base += chunk.length;
  }
  return found;
}

function ledgerOf({ keys = [] }: Witness, { truth }: Evidence): LedgerEntry[] {
  if (truth?.ledger === undefined || keys.length === 0) return [];
  const wanted = new Set(keys);
  return truth.ledger.filter(({ key }) => key !== null && wanted.has(key)).slice(0, storeFactsMax);
}

/** Others that left the same stock behind as one of `entries`: two writers who read the same. */
function twinsOf(entries: readonly LedgerEntry[], { truth }: Evidence): LedgerEntry[] {
  if (truth?.ledger === undefined || entries.length === 0) return [];
  const takes = entries.filter(({ delta }) => delta < 0);
  const isTwin = (entry: LedgerEntry): boolean =>
    entry.delta < 0 &&
    !entries.includes(entry) &&
    takes.some(
      ({ productId, stockAfter }) =>
        entry.productId === productId && entry.stockAfter === stockAfter,
    );
  return truth.ledger.filter(isTwin).slice(0, 2);
}

function movement({ seq, key, productId, delta, stockAfter }: LedgerEntry): StoryStep {
  const what = delta < 0 ? `takes ${-delta}` : `puts back ${delta}`;
  const who = key ?? 'a restock';
  return {
    kind: 'store',
    atMs: null,
    actor: 'store',
    text: `ledger ${seq}: ${who} ${what}, ${productId} is ${stockAfter} afterwards`,
  };
}

function stepsOf(evidence: Evidence, attempt: Attempt): StoryStep[] {
  const actor = evidence.names.deviceOf(attempt.user, attempt.device);
  const fromOpening = (ns: number): number | null =>
    Number.isFinite(ns) ? (ns - evidence.openingNs) / nsPerMs : null;
  if (attempt.code === journalledCode) {
    // Neither the device nor when it asked is known.
    const { user, doneNs, orderId } = attempt;
    const id = orderId === undefined ? '' : `, order ${orderId}`;
    const text = `acknowledged by the journal${id}`;
    return [
      { kind: 'answer', atMs: fromOpening(doneNs), actor: evidence.names.userOf(user), text },
    ];
  }
  const request: StoryStep = {
    kind: 'request',
    atMs: fromOpening(attempt.sentNs),
    actor,
    text: requestText(evidence, attempt),
  };
  const answered = attempt.status > 0 || attempt.outcome !== 'info';
  const answer: StoryStep = {
    kind: answered ? 'answer' : 'silence',
    atMs: fromOpening(attempt.doneNs),
    actor,
    text: answered ? answerText(attempt) : `no answer (${attempt.code})`,
  };
  return Number.isNaN(attempt.sentNs) && attempt.outcome !== 'ok'
    ? [{ ...answer, kind: 'silence', text: `never sent (${attempt.code})` }]
    : [request, answer];
}

function requestText(evidence: Evidence, attempt: Attempt): string {
  const { operation, product, quantity, intent, keyVariant } = attempt;
  const productId = evidence.contract.products[product]?.id;
  const what =
    operation === 'order' && productId !== undefined ? ` ${quantity} × ${productId}` : '';
  const keyed = intent >= 0 && ['order', 'status', 'cancel'].includes(operation);
  const key = keyed ? ` key ${evidence.names.keyOf(intent, keyVariant)}` : '';
  const again = attempt.attempt > 1 && operation === 'order' ? `, try ${attempt.attempt}` : '';
  return `${operation}${what}${key}${again}`;
}

function answerText({ status, code, orderId, remaining }: Attempt): string {
  const number = status === 0 ? '' : `${status} `;
  const id = orderId === undefined ? '' : `, order ${orderId}`;
  const left = remaining === undefined ? '' : `, ${remaining} left`;
  return `${number}${code}${id}${left}`;
}

/** What the store itself says: its clock may be off. */
function madeAt(ms: number | undefined): string {
  const date = new Date(ms ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? '' : `, made ${date.toISOString()}`;
}

/** What the store held in the end about the witness's keys, orders and products. */
function factsOf({ keys = [], orderIds = [], attempts }: Witness, evidence: Evidence): string[] {
  const { truth } = evidence;
  if (truth === undefined) return ['the store was not seen'];
  const wanted = new Set(keys);
  const ids = new Set(orderIds);
  const rows = truth.orders.filter(
    ({ id, key }) => ids.has(id) || (key !== null && wanted.has(key)),
  );
  const facts = rows
    .slice(0, storeFactsMax)
    .map(
      ({ id, key, userId, productId, quantity, status, createdAtMs }) =>
        `row ${id}: ${quantity} × ${productId} of ${userId}, ${status}, key ${key ?? 'none'}${madeAt(createdAtMs)}`,
    );
  const missing = keys.filter((key) => !rows.some((row) => row.key === key));
  facts.push(...missing.slice(0, 3).map((key) => `no row under key ${key}`));
  return [
    ...facts,
    ...productFacts(
      rows.map(({ productId }) => productId),
      attempts,
      evidence,
    ),
  ];
}

function productFacts(
  ofRows: readonly string[],
  attempts: readonly number[],
  { truth, contract, attempts: history }: Evidence,
): string[] {
  const ids = new Set(ofRows);
  for (const index of attempts.slice(0, attemptsMax)) {
    const id = contract.products[history.read(index).product]?.id;
    if (id !== undefined) ids.add(id);
  }
  if (ids.size === 0 && contract.products.length === 1) ids.add(contract.products[0]?.id ?? '');
  return (truth?.products ?? [])
    .filter(({ id }) => ids.has(id))
    .slice(0, 3)
    .map(({ id, initial, remaining }) => {
      const sold = (truth?.orders ?? [])
        .filter(({ productId, status }) => productId === id && status === 'confirmed')
        .reduce((units, { quantity }) => units + quantity, 0);
      return `${id}: ${initial} at the start, ${remaining} left, ${sold} in confirmed orders`;
    });
}
