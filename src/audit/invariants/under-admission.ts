import { nsPerMs } from '../../core/clock.ts';
import { formatNs } from '../../core/units.ts';
import type { RateLimitContract } from '../../history/contract.ts';
import {
  type Admissions,
  collectAdmissions,
  limiterKeyOf,
  passages,
} from '../checkers/admissions.ts';
import { IntervalList } from '../checkers/grouping.ts';
import { limitNotJudged, type RateLimitChecker, rateLimitChecker } from '../checkers/rate-limit.ts';
import { counted, whenOf } from '../describe.ts';
import type { Evidence } from '../evidence.ts';
import {
  conclude,
  type Finding,
  type Invariant,
  type Witness,
  WitnessCollector,
} from '../invariant.ts';

/**
 * I18: requests limited although the limit had room. A request that was told `limited` was decided on
 * at some t in [sent, done]. It was wrong for certain when at every such t there was room, wherever
 * within their intervals all others were decided on:
 * - sliding window: #{sent ≤ t, done > t − W} < R;
 * - token bucket, GCRA: a token was there, had all the others taken theirs as late as they can have;
 * - fixed window: as sliding, from the beginning of the earliest window that t may lie in.
 *
 * Others are all that were admitted, and all that may have been: whose end nobody knows, or that
 * something refused that may stand behind the limiter.
 *
 * Source: derived for flashsim as the other side of I17; RFC 6585 §4 (429 Too Many Requests).
 */
export const underAdmission: Invariant = {
  id: 'I18',
  name: 'underAdmission',
  title: 'Requests limited although the limit had room',
  needs: ['responses'],
  byTime: true,
  notApplicable: limitNotJudged,
  judge: (evidence) => {
    const { rateLimit } = evidence.contract;
    const finding = rateLimit === undefined ? { lo: 0, hi: 0 } : judgeLimit(evidence, rateLimit);
    return conclude(underAdmission, 'requests', finding);
  },
};

function judgeLimit(evidence: Evidence, rateLimit: RateLimitContract): Finding {
  const doubt = doubtOf(evidence, rateLimit);
  const admissions = collectAdmissions(evidence, rateLimit);
  const judge = new RefusalJudge(admissions, rateLimitChecker(evidence, rateLimit));
  const collector = new WitnessCollector();
  let lo = 0;
  let hi = 0;
  for (let key = 0; key + 1 < admissions.rows.starts.length; key += 1) {
    const suspects = judge.unexplained(key, false);
    hi += suspects.length;
    if (suspects.length === 0 || doubt !== undefined) continue;
    // On a server that is not ours alone the limiter may remember what was before the run.
    const wrong = evidence.exclusive ? suspects : judge.unexplained(key, true);
    lo += wrong.length;
    for (const { at, used } of wrong) {
      collector.add(admissions.rows.doneNsAt(at), judge.limit - used, () =>
        witnessOf(evidence, rateLimit, admissions, key, at, used),
      );
    }
  }
  return { lo, hi, reason: reasonOf(lo, hi, doubt), witnesses: collector.toWitnesses() };
}

/** Why no refusal can be certain to be wrong; undefined when some can. */
function doubtOf(evidence: Evidence, { key }: RateLimitContract): string | undefined {
  if (evidence.interrupted)
    return 'the run was interrupted: requests may be missing from the record';
  if (key === 'global' && !evidence.exclusive) {
    return 'the limit is shared with requests of others, which are not recorded';
  }
  return undefined;
}

/** A refusal that the record does not explain. */
interface Suspect {
  /** Position in the admissions. */
  readonly at: number;
  /** Requests or tokens that can have been in use, at most. */
  readonly used: number;
}

const none: readonly Suspect[] = [];

class RefusalJudge {
  readonly limit: number;
  readonly #admissions: Admissions;
  readonly #checker: RateLimitChecker;
  readonly #passed: IntervalList;
  /** From each request that passed: the next at whose instant the limit may have been used up. */
  readonly #nextFull: Uint32Array;

  constructor(admissions: Admissions, checker: RateLimitChecker) {
    this.limit = checker.limit;
    this.#admissions = admissions;
    this.#checker = checker;
    this.#passed = new IntervalList(admissions.largest);
    this.#nextFull = new Uint32Array(admissions.largest + 1);
  }

  /**
   * The refusals under a key that were wrong for certain, given what was recorded. Use only rises at
   * the instant of a request, so that those in [sent, done] and `sent` itself are all that need be
   * looked at. Linear after sorting.
   *
   * @param remembers the server may remember requests from before the first of the key
   */
  unexplained(key: number, remembers: boolean): readonly Suspect[] {
    const { rows } = this.#admissions;
    const { starts } = rows;
    const first = starts[key] ?? 0;
    const end = starts[key + 1] ?? 0;
    if (this.limit < 1 || !this.#list(first, end)) return none;
    const passed = this.#passed.seal();
    const unknownUntilNs = remembers ? rows.sentNsAt(first) : Number.NEGATIVE_INFINITY;
    this.#findFull(unknownUntilNs);
    const use = this.#checker.use(passed, unknownUntilNs);
    const suspects: Suspect[] = [];
    let sent = 0;
    for (let at = first; at < end; at += 1) {
      if (rows.tagAt(at) !== passages.limited) continue;
      const t = rows.sentNsAt(at);
      while (sent < passed.count && (passed.sentNs[sent] ?? 0) <= t) sent += 1;
      const used = use.usedAt(t);
      const next = this.#nextFull[sent] ?? passed.count;
      const isFullLater = next < passed.count && (passed.sentNs[next] ?? 0) <= rows.doneNsAt(at);
      if (used <= this.limit - 1 && !isFullLater) suspects.push({ at, used });
    }
    return suspects;
  }

  /** Lists what passed, or may have. False when nothing was limited. */
  #list(first: number, end: number): boolean {
    const { rows } = this.#admissions;
    let isLimited = false;
    this.#passed.clear();
    for (let at = first; at < end; at += 1) {
      if (rows.tagAt(at) === passages.limited) isLimited = true;
      else this.#passed.add(rows.sentNsAt(at), rows.doneNsAt(at));
    }
    return isLimited;
  }

  #findFull(unknownUntilNs: number): void {
    const { count, sentNs } = this.#passed;
    const use = this.#checker.use(this.#passed, unknownUntilNs);
    const next = this.#nextFull;
    for (let at = 0; at < count; at += 1) {
      next[at] = use.usedAt(sentNs[at] ?? 0) > this.limit - 1 ? at : count;
    }
    next[count] = count;
    for (let at = count - 1; at >= 0; at -= 1) {
      if (next[at] === count) next[at] = next[at + 1] ?? count;
    }
  }
}

/** Attempts that a witness points at beside the refusal, at most: the last ones before it. */
const attemptsMax = 20;

function witnessOf(
  evidence: Evidence,
  rateLimit: RateLimitContract,
  { rows }: Admissions,
  key: number,
  at: number,
  used: number,
): Witness {
  const before: number[] = [];
  for (let other = at - 1; other >= (rows.starts[key] ?? 0); other -= 1) {
    if (before.length === attemptsMax) break;
    if (rows.tagAt(other) !== passages.limited) before.push(rows.indexAt(other));
  }
  const { name, userId } = limiterKeyOf(evidence, rateLimit, rows.indexAt(at));
  const atNs = rows.doneNsAt(at);
  return {
    summary:
      `${name} was limited ${whenOf(evidence, atNs)}, when at most ${Number(used.toFixed(2))} of ` +
      `${rateLimit.limit} in ${formatNs(rateLimit.windowMs * nsPerMs)} can have been used`,
    attempts: [...before.reverse(), rows.indexAt(at)],
    ...(userId === undefined ? {} : { userId }),
    atNs,
  };
}

function reasonOf(lo: number, hi: number, doubt: string | undefined): string | undefined {
  const parts: string[] = [];
  if (lo > 0) parts.push(`${counted(lo, 'request')} limited although the limit had room`);
  if (hi > lo) {
    const why =
      doubt ?? 'the limiter may have remembered requests from before the run, under the same names';
    parts.push(`${counted(hi - lo, 'refusal')} without a recorded reason: ${why}`);
  }
  return parts.length === 0 ? undefined : parts.join('; ');
}
