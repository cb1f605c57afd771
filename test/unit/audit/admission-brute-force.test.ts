import { describe, expect, it } from 'vitest';
import { buildIndex } from '../../../src/audit/evidence-index.ts';
import { overAdmission } from '../../../src/audit/invariants/over-admission.ts';
import { underAdmission } from '../../../src/audit/invariants/under-admission.ts';
import { nsPerMs } from '../../../src/core/clock.ts';
import { type Rng, rngFor } from '../../../src/core/rng.ts';
import type { RateLimitContract } from '../../../src/history/contract.ts';
import { HistoryBuilder } from '../../helpers/history-builder.ts';
import { testScale } from '../../helpers/test-scale.ts';

/**
 * The formulas of I17 and I18 word for word, over every whole instant, on histories small enough for
 * that: the checkers must come to the very same figures. Instants are whole milliseconds.
 */

const timeoutMs = 120_000;
/** Times three algorithms times 16 people: 9,600 histories; 57,600 with a scale of 6. */
const keysPerRun = 16;
const runs = 200 * testScale;
/** Histories of more requests than the checkers keep in a row or sort by insertion. */
const largeRuns = 30 * testScale;
/** What a server's clock of whole milliseconds may be off. */
const slack = 1;
const horizon = 34;

interface Seen {
  readonly sent: number;
  /** Infinity when it is open. */
  readonly done: number;
  readonly kind: 'admitted' | 'maybe' | 'limited';
}

interface Limit {
  readonly algorithm: string;
  readonly limit: number;
  readonly window: number;
}

function randomHistory(rng: Rng, countMax: number): Seen[] {
  const count = 1 + Math.floor(rng.next() * countMax);
  const latest = 2 + Math.floor(rng.next() * 20);
  return Array.from({ length: count }, (): Seen => {
    const sent = Math.floor(rng.next() * latest);
    const draw = rng.next();
    const kind = draw < 0.65 ? 'admitted' : draw < 0.8 ? 'limited' : 'maybe';
    const isOpen = kind === 'maybe' && rng.next() < 0.5;
    return { sent, done: isOpen ? Infinity : sent + Math.floor(rng.next() ** 2 * 8), kind };
  });
}

function instants(): number[] {
  return Array.from({ length: horizon }, (_, at) => at);
}

function bruteExcess(seen: readonly Seen[], { algorithm, limit, window }: Limit): number {
  const admitted = seen.filter(({ kind }) => kind === 'admitted');
  const within = (from: number, to: number): number =>
    admitted.filter(({ sent, done }) => sent >= from && done <= to).length;
  let worst = 0;
  for (const a of instants()) {
    if (algorithm === 'sliding-log') {
      // [a, a + window − slack), the last whole instant of which is the one before its end.
      worst = Math.max(worst, within(a, a + window - slack - 1) - limit);
    } else if (algorithm === 'fixed-window') {
      const start = Math.floor(a / window) * window;
      const held = within(start + slack, start + window - slack - 1);
      worst = Math.max(worst, held - limit);
    } else {
      for (const b of instants().filter((at) => at >= a)) {
        const allowed = limit + (limit / window) * (b - a + slack);
        worst = Math.max(worst, Math.ceil(within(a, b) - allowed - 1e-6));
      }
    }
  }
  return worst;
}

function hasRoomThroughout(seen: readonly Seen[], refusal: Seen, limit: Limit): boolean {
  const passed = seen.filter(({ kind }) => kind !== 'limited');
  for (let t = refusal.sent; t <= refusal.done; t += 1) {
    if (bruteUse(passed, t, limit) > limit.limit - 1) return false;
  }
  return true;
}

function bruteUse(passed: readonly Seen[], t: number, { algorithm, limit, window }: Limit): number {
  const begun = passed.filter(({ sent }) => sent <= t);
  if (algorithm === 'sliding-log') {
    return begun.filter(({ done }) => done >= t - window - slack).length;
  }
  if (algorithm === 'fixed-window') {
    const start = Math.floor((t - slack) / window) * window;
    return begun.filter(({ done }) => done >= start - slack).length;
  }
  let used = 0;
  for (let s = 0; s <= t; s += 1) {
    const taken = begun.filter(({ done }) => Math.min(done, t) >= s).length;
    const rate = limit / window;
    if (taken > 0) used = Math.max(used, taken - rate * (t - s) + rate * slack + 1e-6);
  }
  return used;
}

function limitOf(rng: Rng, algorithm: string, limitMax: number): Limit {
  return {
    algorithm,
    limit: 1 + Math.floor(rng.next() * limitMax),
    window: 2 + Math.floor(rng.next() * 12),
  };
}

const index = buildIndex(new HistoryBuilder({}).evidence());

interface Figures {
  readonly excess: number;
  readonly wrong: number;
}

/** Compares one history of some keys; the figures are what both came to. */
function compare(limit: Limit, key: 'user' | 'global', histories: readonly Seen[][]): Figures {
  const builder = new HistoryBuilder({});
  let [excess, wrong] = [0, 0];
  for (const [user, seen] of histories.entries()) {
    for (const each of seen) append(builder, user, each);
    excess += bruteExcess(seen, limit);
    wrong += seen.filter(
      (each) => each.kind === 'limited' && hasRoomThroughout(seen, each, limit),
    ).length;
  }
  const rateLimit: RateLimitContract = {
    algorithm: limit.algorithm,
    key,
    limit: limit.limit,
    windowMs: limit.window,
  };
  const contract = { products: builder.products, rateLimit };
  const evidence = builder.evidence({ contract, withoutTruth: true });
  const over = overAdmission.judge(evidence, index);
  const under = underAdmission.judge(evidence, index);
  expect([over.lo, over.hi, under.lo, under.hi]).toEqual([excess, excess, wrong, wrong]);
  expect(under.witnesses.count).toBe(wrong);
  return { excess, wrong };
}

describe('the admission checkers and their formulas', { timeout: timeoutMs }, () => {
  it.each(['sliding-log', 'fixed-window', 'token-bucket'])('agree on %s', (algorithm) => {
    let [excesses, refusals] = [0, 0];
    for (let seed = 0; seed < runs; seed += 1) {
      const rng = rngFor(seed, 'brute-force');
      const limit = limitOf(rng, algorithm, 4);
      const histories = Array.from({ length: keysPerRun }, () => randomHistory(rng, 9));
      const { excess, wrong } = compare(limit, 'user', histories);
      excesses += excess;
      refusals += wrong;
    }
    // Both sides of the question come up.
    expect(excesses).toBeGreaterThan(runs);
    expect(refusals).toBeGreaterThan(runs);
  });

  it.each(['sliding-log', 'fixed-window', 'token-bucket'])('agree on a busy %s', (algorithm) => {
    let [excesses, refusals] = [0, 0];
    for (let seed = 0; seed < largeRuns; seed += 1) {
      const rng = rngFor(seed, 'brute-force-large');
      const history = randomHistory(rng, 300);
      const limit = limitOf(rng, algorithm, history.length);
      const { excess, wrong } = compare(limit, 'global', [history]);
      excesses += excess > 0 ? 1 : 0;
      refusals += wrong > 0 ? 1 : 0;
    }
    expect(excesses).toBeGreaterThan(largeRuns / 10);
    expect(refusals).toBeGreaterThan(largeRuns / 10);
  });
});

function append(builder: HistoryBuilder, user: number, { sent, done, kind }: Seen): void {
  const answer =
    kind === 'admitted'
      ? ({ outcome: 'ok', code: 'ok', status: 201 } as const)
      : kind === 'limited'
        ? ({ outcome: 'fail', code: 'limited', status: 429 } as const)
        : done === Infinity
          ? ({ outcome: 'info', code: 'timeout', status: 0 } as const)
          : ({ outcome: 'fail', code: 'overloaded', status: 503 } as const);
  const doneNs = (done === Infinity ? sent + 5 : done) * nsPerMs;
  builder.attempt({ intent: -1, user, sentNs: sent * nsPerMs, doneNs, ...answer });
}
