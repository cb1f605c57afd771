import { type AttemptChunk, operationIndexOfKind, outcomeOfKind } from '../../history/chunk.ts';
import type { RateLimitContract } from '../../history/contract.ts';
import type { AttemptStore } from '../../history/store.ts';
import { notSentCode, type Operation, operations, pendingCode } from '../../history/vocabulary.ts';
import type { Evidence } from '../evidence.ts';
import { RequestRows } from './request-rows.ts';

/**
 * What a request was to the limiter.
 * - `admitted`: its answer shows that it was let through.
 * - `open`: nobody knows whether it was.
 * - `refused`: turned away by something that may stand before or behind the limiter.
 * - `limited`: turned away by the limiter.
 */
export const passages = { admitted: 0, open: 1, refused: 2, limited: 3 } as const;
type Passage = (typeof passages)[keyof typeof passages];

/** What counts for a limit that does not say. */
const defaultOperations: readonly Operation[] = ['order', 'page'];

/** Refusals of the application itself: whoever hears one has been let through by the limiter. */
const refusalsBehindTheLimiter: ReadonlySet<string> = new Set([
  'sold-out',
  'limit-per-user',
  'not-open',
  'closed',
  'key-reuse',
  'not-found',
]);
const tooManyRequests = 429;

/** The requests that count for a limit, by its key; those of one key by the time they were sent. */
export interface Admissions {
  /** Where the requests of each key begin; one more than there are keys. */
  readonly starts: Uint32Array;
  /** Requests of the key that has most. */
  readonly largest: number;
  readonly sentNs: Float64Array;
  /** When the limiter had decided at the latest; Infinity where nobody knows. */
  readonly doneNs: Float64Array;
  readonly passage: Uint8Array;
  /** Indices into the attempts of the run. */
  readonly index: Uint32Array;
}

const collected = new WeakMap<RateLimitContract, WeakMap<AttemptStore, Admissions>>();

/**
 * Collects the requests that count for `limit`, once for everybody who asks. Linear but for a history
 * that is not in time order.
 */
export function collectAdmissions(evidence: Evidence, limit: RateLimitContract): Admissions {
  const byHistory = collected.get(limit) ?? new WeakMap<AttemptStore, Admissions>();
  collected.set(limit, byHistory);
  const found = byHistory.get(evidence.attempts);
  if (found !== undefined) return found;
  const made = readAdmissions(evidence, limit);
  byHistory.set(evidence.attempts, made);
  return made;
}

function readAdmissions(evidence: Evidence, limit: RateLimitContract): Admissions {
  const counted = operations.map((operation) =>
    (limit.operations ?? defaultOperations).includes(operation),
  );
  const chunks = evidence.attempts.chunks();
  const draft = new Draft(capacityOf(chunks, counted), limit.key);
  let base = 0;
  for (const chunk of chunks) {
    draft.addChunk(chunk, base, counted);
    base += chunk.length;
  }
  return draft.grouped();
}

function capacityOf(chunks: readonly AttemptChunk[], counted: readonly boolean[]): number {
  let capacity = 0;
  for (const chunk of chunks) {
    for (let row = 0; row < chunk.length; row += 1) {
      if (counted[operationIndexOfKind(chunk.kind[row] ?? 0)] === true) capacity += 1;
    }
  }
  return capacity;
}

class Draft {
  readonly #key: RateLimitContract['key'];
  readonly #rows: RequestRows;

  constructor(capacity: number, key: RateLimitContract['key']) {
    this.#key = key;
    this.#rows = new RequestRows(capacity);
  }

  addChunk(chunk: AttemptChunk, base: number, counted: readonly boolean[]): void {
    for (let row = 0; row < chunk.length; row += 1) {
      if (counted[operationIndexOfKind(chunk.kind[row] ?? 0)] !== true) continue;
      const sentNs = chunk.sentNs[row] ?? Number.NaN;
      if (!Number.isFinite(sentNs)) continue;
      const passage = passageOf(chunk, row);
      if (passage === undefined) continue;
      this.#add(chunk, row, base, sentNs, passage);
    }
  }

  #add(chunk: AttemptChunk, row: number, base: number, sentNs: number, passage: Passage): void {
    const doneNs = chunk.doneNs[row] ?? Number.NaN;
    const isKnown = passage !== passages.open && doneNs >= sentNs && Number.isFinite(doneNs);
    // A refusal without an instant accuses nobody.
    if (!isKnown && passage === passages.limited) return;
    this.#rows.add(
      keyOf(this.#key, chunk, row),
      sentNs,
      isKnown ? doneNs : Number.POSITIVE_INFINITY,
      base + row,
      isKnown ? passage : passages.open,
    );
  }

  grouped(): Admissions {
    const { starts, sentNs, doneNs, index, tag } = this.#rows.grouped();
    let largest = 0;
    for (let key = 0; key + 1 < starts.length; key += 1) {
      largest = Math.max(largest, (starts[key + 1] ?? 0) - (starts[key] ?? 0));
    }
    return { starts, largest, sentNs, doneNs, passage: Uint8Array.from(tag), index };
  }
}

function keyOf(key: RateLimitContract['key'], chunk: AttemptChunk, row: number): number {
  if (key === 'global' || key === 'address') return 0;
  const user = chunk.user[row] ?? 0;
  return key === 'user' ? user : user * 256 + (chunk.device[row] ?? 0);
}

/** What the attempt was to the limiter; undefined for one that never left. */
function passageOf(chunk: AttemptChunk, row: number): Passage | undefined {
  const outcome = outcomeOfKind(chunk.kind[row] ?? 0);
  if (outcome === 'ok') return passages.admitted;
  const code = chunk.codes[chunk.code[row] ?? 0] ?? '';
  // Accepted and not decided yet: the application has it.
  if (outcome === 'info') return code === pendingCode ? passages.admitted : passages.open;
  const status = chunk.status[row] ?? 0;
  // A look-up that was answered, with the bad news of the order that it asked for.
  if (status >= 200 && status < 300) return passages.admitted;
  if (code === 'limited') return passages.limited;
  if (code === notSentCode) return undefined;
  if (status === tooManyRequests) return passages.refused;
  return refusalsBehindTheLimiter.has(code) ? passages.admitted : passages.refused;
}

/** Whose allowance a request took from, for people; the user when there is one. */
export function limiterKeyOf(
  evidence: Evidence,
  { key }: RateLimitContract,
  index: number,
): { readonly name: string; readonly userId?: string } {
  if (key === 'global' || key === 'address') return { name: 'all together' };
  const { user, device } = evidence.attempts.read(index);
  const userId = evidence.names.userOf(user);
  return { name: key === 'user' ? userId : evidence.names.deviceOf(user, device), userId };
}
