import {
  type AttemptChunk,
  operationIndexOfKind,
  outcomeIndexOfKind,
} from '../../history/chunk.ts';
import type { RateLimitContract } from '../../history/contract.ts';
import type { AttemptStore } from '../../history/store.ts';
import {
  notSentCode,
  type Operation,
  operations,
  outcomeClasses,
  pendingCode,
} from '../../history/vocabulary.ts';
import type { Evidence } from '../evidence.ts';
import { Counts } from './counts.ts';
import { type GroupedRows, RequestRows } from './request-rows.ts';

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
const okOutcome = outcomeClasses.indexOf('ok');
const failOutcome = outcomeClasses.indexOf('fail');

/**
 * The requests that count for a limit, by its key; those of one key by the time they were sent. A
 * request was done when the limiter had decided at the latest: Infinity where nobody knows.
 */
export interface Admissions {
  /** Tagged with their passage. */
  readonly rows: GroupedRows;
  /** Requests of the key that has most. */
  readonly largest: number;
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
  const chunks = evidence.attempts.chunks();
  const draft = new Draft(evidence.attempts.length, limit, chunks);
  let base = 0;
  for (const chunk of chunks) {
    draft.readPassages(chunk, base);
    base += chunk.length;
  }
  return draft.grouped(chunks);
}

/** Stands for an attempt that does not count. */
const noPassage = 255;

class Draft {
  /** What each attempt of the run was to the limiter. */
  readonly #passageOf: Uint8Array;
  readonly #sizes = new Counts();
  readonly #keys: LimiterKeys;
  readonly #counted: readonly boolean[];

  constructor(attempts: number, limit: RateLimitContract, chunks: readonly AttemptChunk[]) {
    this.#passageOf = new Uint8Array(attempts).fill(noPassage);
    this.#keys = new LimiterKeys(limit.key, chunks);
    this.#counted = operations.map((operation) =>
      (limit.operations ?? defaultOperations).includes(operation),
    );
  }

  /** @param base index of the chunk's first attempt */
  readPassages(chunk: AttemptChunk, base: number): void {
    const reader = new PassageReader(chunk);
    for (let row = 0; row < chunk.length; row += 1) {
      if (this.#counted[operationIndexOfKind(chunk.kind[row] ?? 0)] !== true) continue;
      const passage = reader.passageAt(row);
      if (passage === undefined) continue;
      this.#passageOf[base + row] = passage;
      this.#sizes.add(this.#keys.keyAt(chunk, row));
    }
  }

  grouped(chunks: readonly AttemptChunk[]): Admissions {
    const rows = new RequestRows(this.#sizes.length, (key) => this.#sizes.of(key));
    let base = 0;
    for (const chunk of chunks) {
      this.#addTo(rows, chunk, base);
      base += chunk.length;
    }
    let largest = 0;
    for (let key = 0; key < this.#sizes.length; key += 1) {
      largest = Math.max(largest, this.#sizes.of(key));
    }
    return { rows: rows.grouped(), largest };
  }

  #addTo(rows: RequestRows, chunk: AttemptChunk, base: number): void {
    for (let row = 0; row < chunk.length; row += 1) {
      const passage = this.#passageOf[base + row] ?? noPassage;
      if (passage === noPassage) continue;
      const doneNs =
        passage === passages.open ? Number.POSITIVE_INFINITY : (chunk.doneNs[row] ?? 0);
      const key = this.#keys.keyAt(chunk, row);
      rows.add(key, chunk.sentNs[row] ?? 0, doneNs, base + row, passage);
    }
  }
}

/** Numbers those who have an allowance of their own. */
class LimiterKeys {
  readonly #key: RateLimitContract['key'];
  /** The number of each user's first device. */
  readonly #firstDevice: Uint32Array;

  constructor(key: RateLimitContract['key'], chunks: readonly AttemptChunk[]) {
    this.#key = key;
    this.#firstDevice = key === 'device' ? firstDevices(chunks) : new Uint32Array(0);
  }

  keyAt({ user, device }: AttemptChunk, row: number): number {
    if (this.#key === 'global' || this.#key === 'address') return 0;
    const person = user[row] ?? 0;
    if (this.#key === 'user') return person;
    return (this.#firstDevice[person] ?? 0) + (device[row] ?? 0);
  }
}

function firstDevices(chunks: readonly AttemptChunk[]): Uint32Array {
  const devices = new Counts();
  for (const { length, user, device } of chunks) {
    for (let row = 0; row < length; row += 1) {
      devices.raise(user[row] ?? 0, (device[row] ?? 0) + 1);
    }
  }
  const first = new Uint32Array(devices.length);
  for (let user = 1; user < first.length; user += 1) {
    first[user] = (first[user - 1] ?? 0) + devices.of(user - 1);
  }
  return first;
}

/** Tells what the attempts of a chunk were to the limiter. */
class PassageReader {
  readonly #chunk: AttemptChunk;
  readonly #pending: number;
  readonly #limited: number;
  readonly #notSent: number;
  /** By code, 1: whoever hears it has been let through. */
  readonly #isBehind: Uint8Array;

  constructor(chunk: AttemptChunk) {
    this.#chunk = chunk;
    this.#pending = chunk.codes.indexOf(pendingCode);
    this.#limited = chunk.codes.indexOf('limited');
    this.#notSent = chunk.codes.indexOf(notSentCode);
    this.#isBehind = Uint8Array.from(chunk.codes, (code) =>
      refusalsBehindTheLimiter.has(code) ? 1 : 0,
    );
  }

  /** Undefined for an attempt that never left, and for a refusal without an instant: it accuses nobody. */
  passageAt(row: number): Passage | undefined {
    const { code, sentNs, doneNs } = this.#chunk;
    const sentAtNs = sentNs[row] ?? Number.NaN;
    const doneAtNs = doneNs[row] ?? Number.NaN;
    if (code[row] === this.#notSent || !Number.isFinite(sentAtNs)) return undefined;
    const passage = this.#answerAt(row);
    if (doneAtNs >= sentAtNs && Number.isFinite(doneAtNs)) return passage;
    return passage === passages.limited ? undefined : passages.open;
  }

  #answerAt(row: number): Passage {
    const chunk = this.#chunk;
    const outcome = outcomeIndexOfKind(chunk.kind[row] ?? 0);
    const code = chunk.code[row] ?? 0;
    if (outcome === okOutcome) return passages.admitted;
    // Accepted and not decided yet: the application has it.
    if (outcome !== failOutcome) {
      return code === this.#pending ? passages.admitted : passages.open;
    }
    const status = chunk.status[row] ?? 0;
    // A look-up that was answered, with the bad news of the order that it asked for.
    if (status >= 200 && status < 300) return passages.admitted;
    if (code === this.#limited) return passages.limited;
    if (status === tooManyRequests) return passages.refused;
    return this.#isBehind[code] === 1 ? passages.admitted : passages.refused;
  }
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
