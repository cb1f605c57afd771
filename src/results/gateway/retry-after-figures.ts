import { type Admissions, passages } from '../../audit/checkers/admissions.ts';
import type { Evidence } from '../../audit/evidence.ts';
import { nsPerMs } from '../../core/clock.ts';
import type { RetryAfterSummary } from './summary.ts';

/**
 * Holds `Retry-After` against what came. It was too short for certain when a client that came back no
 * earlier was refused again, with nobody of the key let in since the first refusal was asked for; too
 * long, by no less than the difference, when somebody of the key was let in before.
 *
 * @param keys those that were limited: most people are never told to wait
 */
export function retryAfterFigures(
  evidence: Evidence,
  admissions: Admissions,
  keys: readonly number[],
): RetryAfterSummary {
  const { rows } = admissions;
  const course = new KeyCourse(admissions);
  const tooLongMs: number[] = [];
  let [told, broken] = [0, 0];
  for (const key of keys) {
    course.follow(rows.starts[key] ?? 0, rows.starts[key + 1] ?? 0);
    for (const at of course.limited) {
      const retryAfterMs = evidence.attempts.retryAfterMsAt(rows.indexAt(at));
      if (retryAfterMs === undefined) continue;
      told += 1;
      const untilNs = rows.doneNsAt(at) + retryAfterMs * nsPerMs;
      const early = course.admittedAfter(at);
      if (early !== undefined && rows.doneNsAt(early) < untilNs) {
        tooLongMs.push((untilNs - rows.doneNsAt(early)) / nsPerMs);
      }
      if (course.isRefusedAgain(at, untilNs)) broken += 1;
    }
  }
  tooLongMs.sort((a, b) => a - b);
  return {
    told,
    broken,
    tooLongMs:
      tooLongMs.length === 0
        ? null
        : {
            p50: tooLongMs[Math.floor((tooLongMs.length - 1) / 2)] ?? 0,
            max: tooLongMs.at(-1) ?? 0,
          },
  };
}

/** The requests of one key, by when they were sent. Reused from key to key: there may be many, and small. */
class KeyCourse {
  /** Positions of those that were limited. */
  readonly limited: number[] = [];
  readonly #rows: Admissions['rows'];
  #first = 0;
  #end = 0;
  /** From each request on: the first that passed, or may have; the end when none did. */
  readonly #nextPassed: Uint32Array;
  /** Latest end of those before each that passed, or may have. */
  readonly #passedUntilNs: Float64Array;

  constructor({ rows, largest }: Admissions) {
    this.#rows = rows;
    this.#nextPassed = new Uint32Array(largest + 1);
    this.#passedUntilNs = new Float64Array(largest);
  }

  /** Turns to the key whose requests are those from `first` to before `end`. */
  follow(first: number, end: number): void {
    this.#first = first;
    this.#end = end;
    this.limited.length = 0;
    let untilNs = Number.NEGATIVE_INFINITY;
    for (let at = first; at < end; at += 1) {
      this.#passedUntilNs[at - first] = untilNs;
      if (this.#rows.tagAt(at) === passages.limited) this.limited.push(at);
      else untilNs = Math.max(untilNs, this.#rows.doneNsAt(at));
    }
    let next = end;
    this.#nextPassed[end - first] = end;
    for (let at = end - 1; at >= first; at -= 1) {
      if (this.#rows.tagAt(at) !== passages.limited) next = at;
      this.#nextPassed[at - first] = next;
    }
  }

  /** The first that was sent after this one's end and certainly let in. */
  admittedAfter(at: number): number | undefined {
    const next = this.#nextPassed[this.#indexFrom(this.#rows.doneNsAt(at)) - this.#first];
    if (next === undefined || next >= this.#end) return undefined;
    return this.#rows.tagAt(next) === passages.admitted ? next : undefined;
  }

  /** Whether the first that came back at `fromNs` or later was refused for no reason that is known. */
  isRefusedAgain(at: number, fromNs: number): boolean {
    const again = this.#indexFrom(fromNs);
    if (again >= this.#end || this.#rows.tagAt(again) !== passages.limited) return false;
    // Whoever is let in while this one waits takes the place that it was told of.
    const before = this.#passedUntilNs[at - this.#first] ?? Number.NEGATIVE_INFINITY;
    const next = this.#nextPassed[at - this.#first] ?? this.#end;
    const meanwhile = next < this.#end && this.#rows.sentNsAt(next) <= this.#rows.doneNsAt(again);
    return before <= this.#rows.sentNsAt(at) && !meanwhile;
  }

  /** Position of the first that was sent at `fromNs` or later. */
  #indexFrom(fromNs: number): number {
    let [low, high] = [this.#first, this.#end];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.#rows.sentNsAt(middle) < fromNs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
