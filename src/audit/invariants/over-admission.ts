import { formatNs } from '../../core/units.ts';
import type { RateLimitContract } from '../../history/contract.ts';
import {
  type Admissions,
  collectAdmissions,
  limiterKeyOf,
  passages,
} from '../checkers/admissions.ts';
import { IntervalList } from '../checkers/grouping.ts';
import { type Excess, limitNotJudged, rateLimitChecker } from '../checkers/rate-limit.ts';
import { fullestWindow } from '../checkers/sliding-window.ts';
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
 * I17: requests admitted beyond the rate limit. A request was decided on at some instant between sent
 * and done, so only a stretch that holds both of too many requests proves anything:
 * - sliding window: max over t of #{[sent, done] ⊂ [t, t + W)} > R;
 * - token bucket, GCRA: max over a < b of #{[sent, done] ⊂ [a, b]} − rate · (b − a) > burst;
 * - fixed window: the same count in one window of the server's clock > R.
 *
 * Requests whose end nobody knows do not count. The figure is the sum over the keys of the limiter of
 * what each had too many in its worst stretch.
 *
 * Source: the arrival curve burst + rate · t of Cruz, A Calculus for Network Delay (1991); windows by checker
 * C6, buckets by C7.
 */
export const overAdmission: Invariant = {
  id: 'I17',
  name: 'overAdmission',
  title: 'Requests admitted beyond the rate limit',
  needs: ['responses'],
  byTime: true,
  notApplicable: limitNotJudged,
  judge: (evidence) => {
    const { rateLimit } = evidence.contract;
    const finding = rateLimit === undefined ? { lo: 0, hi: 0 } : judgeLimit(evidence, rateLimit);
    return conclude(overAdmission, 'requests', finding);
  },
};

function judgeLimit(evidence: Evidence, rateLimit: RateLimitContract): Finding {
  const admissions = collectAdmissions(evidence, rateLimit);
  const checker = rateLimitChecker(evidence, rateLimit);
  const admitted = new IntervalList(admissions.largest);
  const collector = new WitnessCollector();
  const totals = { lo: 0, hi: 0, fullest: 0, keys: 0, leftOut: 0 };
  for (let key = 0; key + 1 < admissions.rows.starts.length; key += 1) {
    const open = listAdmitted(admissions, key, admitted);
    if (open > 0 && admitted.count + open > checker.limit) totals.leftOut += open;
    if (admitted.count <= checker.limit) continue;
    admitted.seal();
    totals.fullest = Math.max(totals.fullest, fullestWindow(admitted, checker.windowNs).count);
    const excess = checker.excess(admitted);
    if (excess === undefined) continue;
    totals.lo += excess.lo;
    totals.hi += excess.hi;
    if (excess.lo === 0) continue;
    totals.keys += 1;
    collector.add(excess.toNs, excess.lo, () =>
      witnessOf(evidence, rateLimit, admissions, key, excess),
    );
  }
  return {
    lo: totals.lo,
    hi: totals.hi,
    reason: reasonOf(rateLimit, totals),
    witnesses: collector.toWitnesses(),
  };
}

/** Lists what was admitted under a key. The answer is how many requests are open. */
function listAdmitted({ rows }: Admissions, key: number, list: IntervalList): number {
  const { starts } = rows;
  let open = 0;
  list.clear();
  for (let at = starts[key] ?? 0; at < (starts[key + 1] ?? 0); at += 1) {
    const passage = rows.tagAt(at);
    if (passage === passages.admitted) list.add(rows.sentNsAt(at), rows.doneNsAt(at));
    else if (passage === passages.open) open += 1;
  }
  return open;
}

/** Attempts that a witness points at, at most. */
const attemptsMax = 100;

function witnessOf(
  evidence: Evidence,
  rateLimit: RateLimitContract,
  { rows }: Admissions,
  key: number,
  excess: Excess,
): Witness {
  const { starts } = rows;
  const attempts: number[] = [];
  let firstNs = Number.POSITIVE_INFINITY;
  let lastNs = Number.NEGATIVE_INFINITY;
  for (let at = starts[key] ?? 0; at < (starts[key + 1] ?? 0); at += 1) {
    const sent = rows.sentNsAt(at);
    const done = rows.doneNsAt(at);
    const isWithin = sent >= excess.fromNs && done <= excess.toNs;
    if (rows.tagAt(at) !== passages.admitted || !isWithin) continue;
    if (attempts.length < attemptsMax) attempts.push(rows.indexAt(at));
    firstNs = Math.min(firstNs, sent);
    lastNs = Math.max(lastNs, done);
  }
  const { name, userId } = limiterKeyOf(evidence, rateLimit, rows.indexAt(starts[key] ?? 0));
  return {
    summary:
      `${name}: ${counted(excess.count, 'request')} admitted within ${formatNs(lastNs - firstNs)}, ` +
      `the last ${whenOf(evidence, lastNs)}; at most ${excess.allowed} may be`,
    attempts,
    ...(userId === undefined ? {} : { userId }),
    atNs: lastNs,
  };
}

interface Totals {
  readonly lo: number;
  readonly hi: number;
  /** Most requests of one key within any stretch of one window's length. */
  readonly fullest: number;
  /** Keys with an excess. */
  readonly keys: number;
  /** Open requests of keys that would be over the limit if all of these had been admitted. */
  readonly leftOut: number;
}

function reasonOf(rateLimit: RateLimitContract, totals: Totals): string | undefined {
  const { lo, hi, fullest, keys, leftOut } = totals;
  const parts: string[] = [];
  const who = rateLimit.key === 'global' ? '' : ` of ${counted(keys, rateLimit.key)}`;
  if (lo > 0) parts.push(`${counted(lo, 'request')}${who} beyond ${limitWords(rateLimit)}`);
  if (hi > lo) {
    parts.push(
      `nobody knows when the server's windows begin: declare \`clockTolerance\`; up to ${hi} may be`,
    );
  }
  if (fullest > rateLimit.limit) {
    const factor =
      rateLimit.limit > 0 ? `burst factor ${(fullest / rateLimit.limit).toFixed(2)}, ` : '';
    parts.push(`${factor}${fullest} requests of one key within ${windowWords(rateLimit)}`);
  }
  if (leftOut > 0) parts.push(`${counted(leftOut, 'request')} without an answer left out`);
  return parts.length === 0 ? undefined : parts.join('; ');
}

function limitWords(rateLimit: RateLimitContract): string {
  return `${rateLimit.limit} in ${windowWords(rateLimit)} (${rateLimit.algorithm})`;
}

function windowWords({ windowMs }: RateLimitContract): string {
  return formatNs(windowMs * 1_000_000);
}
