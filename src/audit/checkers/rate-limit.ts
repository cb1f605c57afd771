import { nsPerMs } from '../../core/clock.ts';
import type { RateLimitContract } from '../../history/contract.ts';
import type { Evidence } from '../evidence.ts';
import { earliestWindowStart, fullestGridWindow, type WindowGrid } from './fixed-window.ts';
import type { IntervalList } from './grouping.ts';
import { fullestWindow, WindowUse } from './sliding-window.ts';
import { BucketChecker, type BucketTerms, BucketUse } from './token-bucket.ts';

/** Requests of one key that were admitted and must not have been. */
export interface Excess {
  readonly lo: number;
  /** More than `lo` where nobody knows when the server's windows begin. */
  readonly hi: number;
  /** The stretch that holds them, with what was admitted in it and what may be. */
  readonly fromNs: number;
  readonly toNs: number;
  readonly count: number;
  readonly allowed: number;
}

/** How much of a limit can have been used up at an instant. Ask for instants in ascending order. */
interface Use {
  usedAt(t: number): number;
}

/** What a limit promises, as both admission invariants judge it. */
export interface RateLimitChecker {
  readonly limit: number;
  readonly windowNs: number;
  /** Requests that cannot all have been admitted; undefined when the limit explains them. */
  excess(admitted: IntervalList): Excess | undefined;
  /**
   * Requests, or tokens, that can have been in use; a request must be let through while it is at most
   * `limit - 1`.
   *
   * @param unknownUntilNs what the server remembers from before is not known; -Infinity: nothing
   */
  use(passed: IntervalList, unknownUntilNs: number): Use;
}

/** A server may count whole milliseconds, and so measure a time one too short or one too long. */
const roundingNs = nsPerMs;
const bucketNames: readonly string[] = ['token-bucket', 'gcra'];
const slidingNames: readonly string[] = ['sliding-log', 'sliding-window'];
const fixedName = 'fixed-window';

/** Why the limit of a contract cannot be judged; undefined when it can. */
export function limitNotJudged({ contract }: Evidence): string | undefined {
  const { rateLimit } = contract;
  if (rateLimit === undefined) return 'no rate limit is promised';
  const { algorithm, key, limit, windowMs } = rateLimit;
  if (key === 'address') {
    return 'the limit is per address, and the history does not tell addresses apart';
  }
  const isWindow = slidingNames.includes(algorithm) || algorithm === fixedName;
  if (!isWindow && !bucketNames.includes(algorithm)) {
    return `the audit does not know what the algorithm "${algorithm}" promises`;
  }
  if (!(limit >= 0 && Number.isFinite(limit) && windowMs > 0 && Number.isFinite(windowMs))) {
    return `a limit of ${limit} in ${windowMs} ms cannot be judged`;
  }
  if (isWindow && windowMs * nsPerMs <= slackOf(contract.clockToleranceMs)) {
    return `a window of ${windowMs} ms is shorter than what the clocks can tell apart`;
  }
  return undefined;
}

/** How much two instants of the server's clock may differ from ours, in their difference. */
function slackOf(clockToleranceMs: number | undefined): number {
  return roundingNs + 2 * (clockToleranceMs ?? 0) * nsPerMs;
}

/** The checker of a limit that {@link limitNotJudged} has nothing against. */
export function rateLimitChecker(
  evidence: Evidence,
  rateLimit: RateLimitContract,
): RateLimitChecker {
  const slackNs = slackOf(evidence.contract.clockToleranceMs);
  const windowNs = rateLimit.windowMs * nsPerMs;
  if (bucketNames.includes(rateLimit.algorithm)) {
    const { limit } = rateLimit;
    return new BucketLimit({ burst: limit, ratePerNs: limit / windowNs, slackNs }, windowNs);
  }
  const limit = Math.floor(rateLimit.limit);
  return rateLimit.algorithm === fixedName
    ? new FixedLimit(limit, windowNs, slackNs, gridOf(evidence, windowNs))
    : new SlidingLimit(limit, windowNs, slackNs);
}

/** The server's windows, where its clock is known: multiples of the width since 1970. */
function gridOf({ contract, epoch, exclusive }: Evidence, widthNs: number): WindowGrid | undefined {
  const toleranceMs = contract.clockToleranceMs ?? (exclusive ? 0 : undefined);
  if (toleranceMs === undefined) return undefined;
  const edgeToleranceNs = roundingNs + toleranceMs * nsPerMs;
  // The remainder is taken in ms: ns since 1970 are too many for a number.
  const intoWindowMs = epoch.wallMs % (widthNs / nsPerMs);
  return { widthNs, originNs: -intoWindowMs * nsPerMs, edgeToleranceNs };
}

class BucketLimit implements RateLimitChecker {
  readonly limit: number;
  readonly windowNs: number;
  readonly #terms: BucketTerms;
  readonly #checker: BucketChecker;

  constructor(terms: BucketTerms, windowNs: number) {
    this.limit = terms.burst;
    this.windowNs = windowNs;
    this.#terms = terms;
    this.#checker = new BucketChecker(terms);
  }

  excess(admitted: IntervalList): Excess | undefined {
    const { excess, count, fromNs, toNs } = this.#checker.excess(admitted);
    if (excess === 0) return undefined;
    return { lo: excess, hi: excess, fromNs, toNs, count, allowed: count - excess };
  }

  use(passed: IntervalList, unknownUntilNs: number): Use {
    return new BucketUse(this.#terms, passed, unknownUntilNs);
  }
}

class SlidingLimit implements RateLimitChecker {
  readonly limit: number;
  readonly windowNs: number;
  readonly slackNs: number;

  constructor(limit: number, windowNs: number, slackNs: number) {
    this.limit = limit;
    this.windowNs = windowNs;
    this.slackNs = slackNs;
  }

  excess(admitted: IntervalList): Excess | undefined {
    if (admitted.count <= this.limit) return undefined;
    const width = this.windowNs - this.slackNs;
    const { count, fromNs } = fullestWindow(admitted, width);
    return excessOf(count, this.limit, fromNs, fromNs + width);
  }

  use(passed: IntervalList, unknownUntilNs: number): Use {
    return new WindowUse(passed, (t) => t - this.windowNs - this.slackNs, unknownUntilNs);
  }
}

class FixedLimit extends SlidingLimit {
  readonly #grid: WindowGrid | undefined;

  constructor(limit: number, windowNs: number, slackNs: number, grid: WindowGrid | undefined) {
    super(limit, windowNs, slackNs);
    this.#grid = grid;
  }

  override excess(admitted: IntervalList): Excess | undefined {
    if (admitted.count <= this.limit) return undefined;
    if (this.#grid !== undefined) {
      const { count, fromNs } = fullestGridWindow(admitted, this.#grid);
      return excessOf(count, this.limit, fromNs, fromNs + this.windowNs);
    }
    const width = this.windowNs - this.slackNs;
    const { count, fromNs } = fullestWindow(admitted, width);
    const found = excessOf(count, this.limit, fromNs, fromNs + width);
    if (found === undefined) return undefined;
    // Wherever windows begin, one width of time touches two of them at most.
    return { ...found, lo: Math.max(0, count - 2 * this.limit), allowed: 2 * this.limit };
  }

  override use(passed: IntervalList, unknownUntilNs: number): Use {
    const grid = this.#grid;
    // Any window that an instant lies in began less than a width before.
    if (grid === undefined) return super.use(passed, unknownUntilNs);
    return new WindowUse(passed, (t) => earliestWindowStart(grid, t), unknownUntilNs);
  }
}

function excessOf(count: number, limit: number, fromNs: number, toNs: number): Excess | undefined {
  const excess = count - limit;
  return excess > 0 ? { lo: excess, hi: excess, fromNs, toNs, count, allowed: limit } : undefined;
}
