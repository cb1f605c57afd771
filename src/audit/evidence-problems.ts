import { type AttemptChunk, operationIndexOfKind } from '../history/chunk.ts';
import { operations } from '../history/vocabulary.ts';
import { clockProblemsOf } from './clock.ts';
import { counted } from './describe.ts';
import type { Evidence } from './evidence.ts';

const orderOperation = operations.indexOf('order');

/** Copies are counted up to here: more make the record no more doubtful. */
const copiesMax = 1_000;

/**
 * What is wrong with the record as such, for people: attempts whose times contradict themselves, attempts
 * that are there twice, orders of products that were not on sale. Whatever a record like that shows, it
 * cannot show that a sale was right. Linear in the attempts.
 */
export function problemsOf(
  evidence: Evidence,
  clockProblems: readonly string[] = clockProblemsOf(evidence),
): readonly string[] {
  const chunks = evidence.attempts.chunks();
  return [
    ...(evidence.doubts ?? []),
    ...clockProblems,
    ...copyProblems(evidence, chunks),
    ...productProblems(chunks, evidence.contract.products.length),
  ];
}

/** Attempts that agree in what names an attempt: who, which key, what, which try, and when it was due. */
function copyProblems(evidence: Evidence, chunks: readonly AttemptChunk[]): string[] {
  const suspects = intentsDueTwice(chunks);
  if (suspects.size === 0) return [];
  const { attempts } = evidence;
  const hashes = new Uint32Array(attempts.length);
  // Open addressing, at most half full; 0 is free, else the attempt's index plus 1.
  const mask = 2 ** Math.ceil(Math.log2(attempts.length * 2 + 2)) - 1;
  const slots = new Uint32Array(mask + 1);
  let copies = 0;
  let index = 0;
  for (const chunk of chunks) {
    for (let row = 0; row < chunk.length; row += 1, index += 1) {
      if (!suspects.has(chunk.intent[row] ?? -1)) continue;
      const hash = hashOf(chunk, row);
      hashes[index] = hash;
      let slot = hash & mask;
      for (let other = slots[slot] ?? 0; other !== 0; other = slots[slot] ?? 0) {
        if (hashes[other - 1] === hash && isCopy(evidence, index, other - 1)) break;
        slot = (slot + 1) & mask;
      }
      if (slots[slot] === 0) slots[slot] = index + 1;
      else copies += 1;
      if (copies >= copiesMax) return [`at least ${copies} attempts are in the record twice`];
    }
  }
  return copies === 0 ? [] : [`${counted(copies, 'attempt')} in the record twice`];
}

/**
 * Intents of which some attempt was not due later than the one before it. A copy is due when its
 * original was; what a client does for one intent it does in turn, so that these are few.
 */
function intentsDueTwice(chunks: readonly AttemptChunk[]): ReadonlySet<number> {
  const found = new Set<number>();
  const lastDueNs = new LastByIntent();
  for (const { length, intent, scheduledNs } of chunks) {
    for (let row = 0; row < length; row += 1) {
      const intentOfRow = intent[row] ?? -1;
      // What serves no intent has nothing that names it.
      if (intentOfRow < 0) continue;
      const dueNs = scheduledNs[row] ?? Number.NaN;
      if (!(dueNs > lastDueNs.replace(intentOfRow, dueNs))) found.add(intentOfRow);
    }
  }
  return found;
}

/** Intents beyond this are found by hash instead of by position. */
const denseIntentsMax = 2 ** 26;

/** The latest figure of each intent; -Infinity at first. */
class LastByIntent {
  #dense = new Float64Array(1024).fill(Number.NEGATIVE_INFINITY);
  readonly #sparse = new Map<number, number>();

  /** Returns the figure before. */
  replace(intent: number, value: number): number {
    if (intent >= denseIntentsMax) {
      const before = this.#sparse.get(intent) ?? Number.NEGATIVE_INFINITY;
      this.#sparse.set(intent, value);
      return before;
    }
    if (intent >= this.#dense.length) this.#growTo(intent + 1);
    const before = this.#dense[intent] ?? Number.NEGATIVE_INFINITY;
    this.#dense[intent] = value;
    return before;
  }

  #growTo(length: number): void {
    const larger = new Float64Array(Math.max(length, this.#dense.length * 2));
    larger.set(this.#dense);
    larger.fill(Number.NEGATIVE_INFINITY, this.#dense.length);
    this.#dense = larger;
  }
}

const halves = new Uint32Array(2);
const double = new Float64Array(halves.buffer);

/** 32 bits of what names an attempt, by multiply and shift (MurmurHash3's mixing steps). */
function hashOf(chunk: AttemptChunk, row: number): number {
  double[0] = chunk.scheduledNs[row] ?? 0;
  let hash = mixed(0, halves[0] ?? 0);
  hash = mixed(hash, halves[1] ?? 0);
  hash = mixed(hash, chunk.intent[row] ?? 0);
  hash = mixed(hash, chunk.user[row] ?? 0);
  hash = mixed(hash, ((chunk.keyVariant[row] ?? 0) << 16) | (chunk.attempt[row] ?? 0));
  const operation = operationIndexOfKind(chunk.kind[row] ?? 0);
  hash = mixed(hash, (operation << 8) | (chunk.device[row] ?? 0));
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function mixed(hash: number, value: number): number {
  const scrambled = Math.imul(value, 0xcc9e2d51);
  const turned = Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b873593) ^ hash;
  return (Math.imul((turned << 13) | (turned >>> 19), 5) + 0xe6546b64) | 0;
}

function isCopy({ attempts }: Evidence, first: number, second: number): boolean {
  const [a, b] = [attempts.read(first), attempts.read(second)];
  return (
    a.scheduledNs === b.scheduledNs &&
    a.intent === b.intent &&
    a.user === b.user &&
    a.device === b.device &&
    a.operation === b.operation &&
    a.keyVariant === b.keyVariant &&
    a.attempt === b.attempt
  );
}

function productProblems(chunks: readonly AttemptChunk[], products: number): string[] {
  let strange = 0;
  for (const { length, kind, intent, product } of chunks) {
    for (let row = 0; row < length; row += 1) {
      if (operationIndexOfKind(kind[row] ?? 0) !== orderOperation) continue;
      const index = product[row] ?? -1;
      if (index < 0 || index >= products || (intent[row] ?? -1) < 0) strange += 1;
    }
  }
  return strange === 0
    ? []
    : [`${counted(strange, 'order attempt')} without a key, or for a product that was not on sale`];
}
