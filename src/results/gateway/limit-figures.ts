import { type Admissions, collectAdmissions, passages } from '../../audit/checkers/admissions.ts';
import { IntervalList } from '../../audit/checkers/grouping.ts';
import { fullestWindow } from '../../audit/checkers/sliding-window.ts';
import type { Evidence } from '../../audit/evidence.ts';
import { nsPerMs } from '../../core/clock.ts';
import type { RateLimitContract } from '../../history/contract.ts';
import { retryAfterFigures } from './retry-after-figures.ts';
import type { LimitSummary } from './summary.ts';

/** What the audit found of a limit, as counts of requests; undefined where it did not judge. */
export interface FoundExcess {
  readonly over: number | undefined;
  readonly under: number | undefined;
}

/** How exactly a limit held, from the answers that its clients got. */
export function limitFigures(
  evidence: Evidence,
  rateLimit: RateLimitContract,
  { over, under }: FoundExcess,
): LimitSummary {
  const admissions = collectAdmissions(evidence, rateLimit);
  const counts = countKeys(admissions, rateLimit.windowMs * nsPerMs);
  const { algorithm, key, limit, windowMs } = rateLimit;
  const conforming = counts.admitted - (over ?? 0) + (under ?? 0);
  const shareOf = (found: number | undefined): number | null =>
    found === undefined || conforming <= 0 ? null : found / conforming;
  return {
    algorithm,
    key,
    limit,
    windowMs,
    keys: counts.shares.length,
    admitted: counts.admitted,
    limited: counts.limited,
    overAdmission: shareOf(over),
    underAdmission: shareOf(under),
    fullestWindow: counts.fullest,
    burstFactor: limit > 0 ? counts.fullest / limit : 0,
    fairness: jainIndex(counts.shares),
    retryAfter: retryAfterFigures(evidence, admissions, counts.limitedKeys),
    failedOpen: evidence.truth?.limiter?.failedOpen ?? null,
  };
}

interface KeyCounts {
  admitted: number;
  limited: number;
  fullest: number;
  /** Of each key that was admitted or limited at all: the share that was admitted. */
  readonly shares: number[];
  /** Keys that were limited at least once. */
  readonly limitedKeys: number[];
}

function countKeys({ rows, largest }: Admissions, windowNs: number): KeyCounts {
  const counts: KeyCounts = { admitted: 0, limited: 0, fullest: 0, shares: [], limitedKeys: [] };
  const list = new IntervalList(largest);
  for (let key = 0; key + 1 < rows.starts.length; key += 1) {
    list.clear();
    let limited = 0;
    for (let at = rows.starts[key] ?? 0; at < (rows.starts[key + 1] ?? 0); at += 1) {
      const passage = rows.tagAt(at);
      if (passage === passages.admitted) list.add(rows.sentNsAt(at), rows.doneNsAt(at));
      else if (passage === passages.limited) limited += 1;
    }
    const asked = list.count + limited;
    if (asked === 0) continue;
    counts.admitted += list.count;
    counts.limited += limited;
    if (limited > 0) counts.limitedKeys.push(key);
    counts.shares.push(list.count / asked);
    counts.fullest = Math.max(counts.fullest, fullestWindow(list.seal(), windowNs).count);
  }
  return counts;
}

/**
 * (Σx)² / (n · Σx²): 1 when all are equal, 1/n when one has everything; null for nobody, or when nobody has
 * anything.
 *
 * Source: Jain, Chiu and Hawe, A Quantitative Measure of Fairness, DEC-TR-301 (1984).
 */
export function jainIndex(shares: readonly number[]): number | null {
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share * share, 0);
  return squares === 0 ? null : (sum * sum) / (shares.length * squares);
}
