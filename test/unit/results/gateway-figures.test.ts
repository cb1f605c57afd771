import { describe, expect, it } from 'vitest';
import { auditRun } from '../../../src/audit/audit.ts';
import type { Attempt } from '../../../src/history/attempt.ts';
import type { Contract } from '../../../src/history/contract.ts';
import type { TruthSnapshot } from '../../../src/history/truth.ts';
import { evidenceOf } from '../../../src/results/evidence.ts';
import { gatewayFigures } from '../../../src/results/gateway/gateway-figures.ts';
import { jainIndex } from '../../../src/results/gateway/limit-figures.ts';
import { attempt, outcomeOf, runId } from './outcome-fixture.ts';

const rateLimit = {
  algorithm: 'fixed-window',
  key: 'user',
  limit: 2,
  windowMs: 1_000,
} as const;

/** A page at this time of the run, answered a millisecond later. */
const page = (sentMs: number, given: Partial<Attempt> = {}): Attempt =>
  attempt({ operation: 'page', intent: -1, sentMs, doneMs: sentMs + 1, user: 0, ...given });
const refused = (sentMs: number, retryAfterMs: number, given: Partial<Attempt> = {}): Attempt =>
  page(sentMs, { outcome: 'fail', code: 'limited', status: 429, retryAfterMs, ...given });

function figuresOf(
  attempts: readonly Attempt[],
  promised: Partial<Contract>,
  truth?: Partial<TruthSnapshot>,
) {
  const contract = { products: [{ id: 'sneaker', stock: 3 }], ...promised };
  const found: TruthSnapshot | undefined = truth && {
    schemaVersion: 1,
    runId,
    takenAtMs: 0,
    products: [],
    orders: [],
    ...truth,
  };
  const outcome = outcomeOf(attempts, { contract, ...(found && { truth: found }) });
  const evidence = evidenceOf(outcome, true);
  return gatewayFigures(evidence, auditRun(evidence));
}

describe('the figures of a rate limit', () => {
  it('are none where none is promised', () => {
    expect(figuresOf([page(0)], {})).toEqual({ limit: null, sessions: null });
  });

  it('tell the burst at an edge, which a fixed window allows', () => {
    // 900 and 950 are of one window of the clock, 1,010 and 1,020 of the next.
    const { limit } = figuresOf([page(900), page(950), page(1_010), page(1_020)], { rateLimit });
    expect(limit).toMatchObject({
      keys: 1,
      admitted: 4,
      limited: 0,
      overAdmission: 0,
      underAdmission: 0,
      fullestWindow: 4,
      burstFactor: 2,
      fairness: 1,
      failedOpen: null,
    });
  });

  it('tell what was admitted beyond a sliding window, as a share of what should have been', () => {
    const sliding = { ...rateLimit, algorithm: 'sliding-window' };
    const { limit } = figuresOf([page(900), page(950), page(1_010)], { rateLimit: sliding });
    expect(limit).toMatchObject({ overAdmission: 0.5, burstFactor: 1.5 });
  });

  it('tell what was refused although there was room', () => {
    const { limit } = figuresOf([page(100), refused(200, 1_000)], { rateLimit });
    expect(limit).toMatchObject({ admitted: 1, limited: 1, underAdmission: 0.5 });
  });

  it('tell how alike the shares of those are that were served', () => {
    const attempts = [page(0), page(1), page(2, { user: 1 }), refused(3, 1, { user: 1 })];
    expect(figuresOf(attempts, { rateLimit }).limit?.fairness).toBeCloseTo(0.9);
    expect(jainIndex([1, 0, 0, 0])).toBe(0.25);
    expect(jainIndex([])).toBeNull();
  });

  it('count the requests that the limiter let through without being asked', () => {
    const { limit } = figuresOf([page(0)], { rateLimit }, { limiter: { failedOpen: 7 } });
    expect(limit?.failedOpen).toBe(7);
  });
});

describe('what is found of Retry-After', () => {
  const retryAfterOf = (attempts: readonly Attempt[]) =>
    figuresOf(attempts, { rateLimit }).limit?.retryAfter;

  it('is nothing when it was kept', () => {
    const attempts = [page(0), page(1), refused(2, 1_000), page(1_010)];
    expect(retryAfterOf(attempts)).toEqual({ told: 1, broken: 0, tooLongMs: null });
  });

  it('is broken when one that came as told was refused again', () => {
    const attempts = [page(0), page(1), refused(2, 100), refused(110, 900)];
    expect(retryAfterOf(attempts)).toEqual({ told: 2, broken: 1, tooLongMs: null });
  });

  it('is not broken when somebody else of the key took the place meanwhile', () => {
    const attempts = [page(0), page(1), refused(2, 100), page(90), refused(110, 900)];
    expect(retryAfterOf(attempts)?.broken).toBe(0);
  });

  it('is too long when one that came earlier was let in', () => {
    const attempts = [page(0), page(1), refused(2, 1_000), page(500)];
    // Done at 3, told until 1,003; the other was in at 501.
    expect(retryAfterOf(attempts)).toEqual({
      told: 1,
      broken: 0,
      tooLongMs: { p50: 502, max: 502 },
    });
  });
});

describe('the figures of a cap on devices', () => {
  const promised = { maximumSessions: 1, onExceed: 'terminate-oldest' } as const;
  const login = (device: number, sentMs: number): Attempt =>
    page(sentMs, { operation: 'login', device });

  it('are clean when the evicted device is turned away', () => {
    const attempts = [
      login(0, 0),
      login(1, 10),
      page(20, { device: 0, outcome: 'fail', code: 'unauthorized', status: 401 }),
      page(30, { device: 1 }),
    ];
    expect(figuresOf(attempts, promised).sessions).toEqual({
      maximumSessions: 1,
      onExceed: 'terminate-oldest',
      beyondCap: null,
      beyondCapByAnswers: 0,
      staleRequests: 0,
      stalenessMaxMs: 0,
      overEvicted: 0,
      refusedLogins: 0,
    });
  });

  it('tell how long an evicted device was still honoured', () => {
    const attempts = [login(0, 0), login(1, 10), page(20, { device: 0 }), page(51, { device: 0 })];
    const { sessions } = figuresOf(attempts, promised);
    expect(sessions).toMatchObject({ staleRequests: 2, stalenessMaxMs: 40 });
  });

  it('tell how many more are alive in the store than may be', () => {
    const sessions = { created: 3, alive: 3, evicted: 0, aliveMaxPerUser: 3 };
    expect(figuresOf([login(0, 0)], promised, { sessions }).sessions?.beyondCap).toBe(2);
  });
});
