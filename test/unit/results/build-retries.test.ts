import { describe, expect, it } from 'vitest';
import { auditRun } from '../../../src/audit/audit.ts';
import { type Attempt, keyOf } from '../../../src/history/attempt.ts';
import type { TruthSnapshot } from '../../../src/history/truth.ts';
import { buildResult } from '../../../src/results/build.ts';
import { evidenceOf } from '../../../src/results/evidence.ts';
import type { RunResult } from '../../../src/results/result.ts';
import type { Scenario } from '../../../src/scenarios/schema.ts';
import { attempt, outcomeOf, runId, scenarioOf } from './outcome-fixture.ts';

function build(
  attempts: readonly Attempt[],
  given: { readonly truth?: TruthSnapshot; readonly scenario?: Scenario } = {},
): RunResult {
  const outcome = outcomeOf(attempts, { truth: given.truth });
  const evidence = evidenceOf(outcome, false);
  return buildResult({
    scenario: given.scenario ?? scenarioOf(),
    scenarioHash: 'hash',
    replay: 'flashsim run small-sale --seed 42',
    outcome,
    evidence,
    audit: auditRun(evidence),
    stories: [],
    wallMs: 1_234,
    version: '0.1.0',
    targetDescription: 'http: http://127.0.0.1:8080',
  });
}

const heldBack = (intent: number, number: number, code: string): Attempt =>
  attempt({
    intent,
    attempt: number,
    code,
    sentMs: Number.NaN,
    doneMs: 5,
    status: 0,
    outcome: 'fail',
  });

const played = [
  attempt({ intent: 0 }),
  attempt({ intent: 1, code: 'timeout', doneMs: 500 }),
  heldBack(1, 2, 'retry-budget'),
  heldBack(2, 1, 'circuit-open'),
  heldBack(2, 2, 'throttled'),
];

/** Two orders of one person who wanted one, under two keys. */
const twice: TruthSnapshot = {
  schemaVersion: 1,
  runId,
  takenAtMs: 0,
  products: [{ id: 'sneaker', initial: 3, remaining: 1 }],
  orders: [0, 1].map((keyVariant) => ({
    id: `o${keyVariant}`,
    key: keyOf(runId, 0, keyVariant),
    userId: 'u0',
    productId: 'sneaker',
    quantity: 1,
    status: 'confirmed',
  })),
};

const bought = [
  attempt({ intent: 0, orderId: 'o0', code: 'timeout', doneMs: 500 }),
  attempt({ intent: 0, attempt: 2, keyVariant: 1, orderId: 'o1', dueMs: 600 }),
];

describe('what the client itself held back', () => {
  const result = build(played);

  it('is no attempt, though the intent began', () => {
    expect(result).toMatchObject({ attempts: 2, firstAttempts: 3, amplification: 2 / 3 });
    expect(result.outcomes).toEqual({ ok: 1, fail: 0, info: 1 });
  });

  it('is told apart, by what held it back', () => {
    expect(result.codes).toEqual({
      order: { ok: 1, timeout: 1 },
      heldBack: { 'retry-budget': 1, 'circuit-open': 1, throttled: 1 },
    });
    expect(result.retries.heldBack).toEqual({ breaker: 1, throttle: 1, budget: 1 });
  });

  it('is in the timeline as a first attempt alone', () => {
    const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);
    const { arrivals, firstAttempts, refused } = result.timeline;
    expect([total(arrivals), total(firstAttempts), total(refused)]).toEqual([2, 3, 0]);
  });

  it('can be gated on', () => {
    const limited = build(played, {
      scenario: scenarioOf({ heldBack: 2, 'heldBack.budget': 1, amplification: '< 1' }),
    });
    expect(limited.thresholds.map(({ metric, verdict }) => [metric, verdict])).toEqual([
      ['heldBack', 'violated'],
      ['heldBack.budget', 'pass'],
      ['amplification', 'pass'],
    ]);
  });
});

describe('a purchase that was made twice', () => {
  it('is counted and warned of, and breaks no promise that was not made', () => {
    const result = build(bought, { truth: twice });
    expect(result.retries.doubledIntents).toBe(1);
    expect(result.warnings).toContain(
      '1 purchase was made more than once. All had one key each: the server took a retry for another order.',
    );
    expect(result.invariants['duplicateOrder']).toMatchObject({ verdict: 'pass', value: 0 });
    expect(result.invariants['userLimit']).toBeUndefined();
  });

  it('is the client’s doing when it sends fresh keys', () => {
    const scenario = scenarioOf({ doubledIntents: 0 });
    const client = { ...scenario.client, idempotencyKey: 'per-attempt' as const };
    const result = build(bought, { truth: twice, scenario: { ...scenario, client } });
    expect(result.warnings.join('\n')).toContain('The client sends a fresh key with each attempt');
    expect(result.thresholds[0]?.verdict).toBe('violated');
  });

  it('breaks the limit per person where one is promised', () => {
    const outcome = outcomeOf(bought, {
      truth: twice,
      contract: { products: [{ id: 'sneaker', stock: 3, limitPerUser: 1 }] },
    });
    const { invariants } = auditRun(evidenceOf(outcome, true));
    expect(invariants.userLimit).toMatchObject({ verdict: 'violated', value: 1 });
    expect(invariants.duplicateOrder).toMatchObject({ verdict: 'pass' });
  });
});
