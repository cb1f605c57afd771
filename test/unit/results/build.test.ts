import { describe, expect, it } from 'vitest';
import { auditRun } from '../../../src/audit/audit.ts';
import { nsPerMs } from '../../../src/core/clock.ts';
import type { RunOutcome } from '../../../src/engine/run-outcome.ts';
import { keyOf } from '../../../src/history/attempt.ts';
import type { EventRecord } from '../../../src/history/run-record.ts';
import type { TruthSnapshot } from '../../../src/history/truth.ts';
import { buildResult } from '../../../src/results/build.ts';
import { evidenceOf } from '../../../src/results/evidence.ts';
import type { RunResult } from '../../../src/results/result.ts';
import { resultSchema } from '../../../src/results/result-schema.ts';
import { storiesOf } from '../../../src/results/witnesses/story.ts';
import type { Scenario } from '../../../src/scenarios/schema.ts';
import { attempt, outcomeOf, runId, scenarioOf } from './outcome-fixture.ts';

function build(outcome: RunOutcome, scenario: Scenario = scenarioOf()): RunResult {
  const evidence = evidenceOf(outcome, scenario.target.reference !== undefined);
  const audit = auditRun(evidence);
  return buildResult({
    scenario,
    scenarioHash: 'hash',
    replay: 'flashsim run small-sale --seed 42',
    outcome,
    evidence,
    audit,
    stories: storiesOf(audit, evidence),
    wallMs: 1_234,
    version: '0.1.0',
    targetDescription: 'http: http://127.0.0.1:8080',
  });
}

/** A settled snapshot with a confirmed order of one unit for each intent. */
function truthOf(intents: readonly number[], sessions?: TruthSnapshot['sessions']): TruthSnapshot {
  return {
    schemaVersion: 1,
    runId,
    takenAtMs: 0,
    products: [{ id: 'sneaker', initial: 3, remaining: 3 - intents.length }],
    orders: intents.map((intent) => ({
      id: `o${intent}`,
      key: keyOf(runId, intent, 0),
      userId: `u${intent}`,
      productId: 'sneaker',
      quantity: 1,
      status: 'confirmed',
    })),
    ...(sessions === undefined ? {} : { sessions }),
  };
}

const played = [
  attempt({ operation: 'login', intent: -1, user: 0, dueMs: -900 }),
  attempt({ operation: 'login', intent: -1, user: 1, dueMs: -900 }),
  attempt({ operation: 'page', intent: -1, user: 1, dueMs: -500 }),
  attempt({ intent: 0, dueMs: 0, sentMs: 1, doneMs: 20, orderId: 'o0' }),
  attempt({ intent: 1, dueMs: 20, sentMs: 24, doneMs: 30, code: 'limited' }),
  attempt({ intent: 1, attempt: 2, dueMs: 130, doneMs: 150, orderId: 'o1' }),
  attempt({ intent: 2, dueMs: 4_000, sentMs: 4_002, doneMs: 9_000, code: 'timeout' }),
];

describe('buildResult', () => {
  it('counts attempts by operation, code and class', () => {
    const result = build(outcomeOf(played));
    expect(result.codes).toEqual({
      login: { ok: 2 },
      page: { ok: 1 },
      order: { ok: 2, limited: 1, timeout: 1 },
    });
    expect(result.outcomes).toEqual({ ok: 2, fail: 1, info: 1 });
    expect([result.attempts, result.firstAttempts]).toEqual([4, 3]);
    expect(result.amplification).toBeCloseTo(4 / 3);
    expect(result.rateLimited).toBe(1);
  });

  it('is valid by the published schema', () => {
    const result = build(outcomeOf(played));
    expect(resultSchema.parse(JSON.parse(JSON.stringify(result)))).toEqual(result);
  });

  it('measures the opening over the herd alone, and lateness over all first orders', () => {
    const { opening } = build(outcomeOf(played));
    expect(opening.spreadUs).toBe(23_000);
    expect(opening.plannedSpreadUs).toBe(20_000);
    expect(opening.latenessP99Us).toBe(4_000);
    expect(Date.parse(opening.at)).toBe(1_795_773_603_000);
  });

  it('plans no spread for a herd shopper who leaves before the opening', () => {
    const outcome = outcomeOf([attempt({ intent: 0 })]);
    const arrivalNs = Float64Array.of(1_000 * nsPerMs, Number.POSITIVE_INFINITY, 5_000 * nsPerMs);
    const { opening } = build({ ...outcome, plan: { ...outcome.plan, arrivalNs } });
    expect(opening.plannedSpreadUs).toBe(0);
  });

  it('leaves a herd shopper whose first attempt was never sent out of the spread', () => {
    const { opening } = build(
      outcomeOf([
        attempt({ intent: 0, sentMs: 5 }),
        attempt({
          intent: 1,
          sentMs: Number.NaN,
          doneMs: 900,
          code: 'connect-failed',
          outcome: 'fail',
        }),
      ]),
    );
    expect(opening.spreadUs).toBe(0);
  });

  it('takes units sold from the store, where it is known', () => {
    expect(build(outcomeOf(played, { truth: truthOf([0, 1, 2]) })).sold).toBe(3);
  });

  it('takes units sold from ok answers, each key once, where it is not', () => {
    const again = attempt({ intent: 0, attempt: 2, dueMs: 50, orderId: 'o0' });
    expect(build(outcomeOf([...played, again])).sold).toBe(2);
  });

  it('counts units that were restocked for certain among those for sale', () => {
    const restock = (quantity: number, outcome: EventRecord['outcome']): EventRecord => ({
      event: { kind: 'restock', productId: 'sneaker', quantity },
      plannedNs: 0,
      sentNs: 0,
      doneNs: 1,
      outcome,
      detail: '',
    });
    const events = [restock(30, 'ok'), restock(5, 'info'), restock(7, 'fail')];
    const before = build(outcomeOf(played)).stock;
    expect(build(outcomeOf(played, { events })).stock).toBe(before + 30);
  });

  it('does not take the snapshot of another run for its own', () => {
    const truth = { ...truthOf([0, 1, 2]), runId: 'other' };
    expect(build(outcomeOf(played, { truth })).sold).toBe(2);
  });

  it('counts as unresolved what neither a look-up nor the store decides', () => {
    expect(build(outcomeOf(played)).unresolved).toBe(1);
    expect(build(outcomeOf(played, { truth: truthOf([0, 1]) })).unresolved).toBe(0);
  });

  it('counts evicted devices by the store, else by devices that lost their login', () => {
    const lost = attempt({
      operation: 'page',
      intent: -1,
      user: 1,
      dueMs: 60,
      code: 'unauthorized',
    });
    const stranger = attempt({
      operation: 'page',
      intent: -1,
      user: 2,
      dueMs: 60,
      code: 'unauthorized',
    });
    const attempts = [...played, lost, lost, stranger];
    const sessions = { created: 9, alive: 2, evicted: 7, aliveMaxPerUser: 1 };
    expect(build(outcomeOf(attempts)).devices.evicted).toBe(1);
    expect(build(outcomeOf(attempts, { truth: truthOf([0, 1], sessions) })).devices.evicted).toBe(
      7,
    );
  });

  it('tells faults from t = 0, those that were never tried at the time they were planned for', () => {
    const { faults } = build(
      outcomeOf(played, {
        faults: [
          { description: 'kill', plannedNs: 4e9, firedNs: 4.5e9, fired: true, detail: 'done' },
          {
            description: 'slow',
            plannedNs: 9e9,
            firedNs: Number.NaN,
            fired: false,
            detail: 'ended',
          },
        ],
      }),
    );
    expect(faults.map(({ atMs }) => atMs)).toEqual([2_500, 7_000]);
  });

  it('never passes a run that was interrupted', () => {
    const whole = outcomeOf(played, { truth: truthOf([0, 1]) });
    const { verdict, interrupted } = build({ ...whole, interrupted: true });
    expect([verdict === 'pass', interrupted]).toEqual([false, true]);
  });

  it('copes with a run that sent nothing', () => {
    const result = build(outcomeOf([]), scenarioOf({ amplification: '< 2', 'order.p99': '< 1s' }));
    expect(result.thresholds.map(({ verdict }) => verdict)).toEqual(['unknown', 'unknown']);
    expect(result.verdict).not.toBe('pass');
    expect(resultSchema.safeParse(JSON.parse(JSON.stringify(result))).success).toBe(true);
  });
});

describe('thresholds of a run', () => {
  it.each([
    { thresholds: { 'order.p99': '< 6s' }, verdict: 'pass', value: 5_000_000 },
    { thresholds: { 'order.p99': '< 800ms' }, verdict: 'violated', value: 5_000_000 },
    { thresholds: { timeouts: 0 }, verdict: 'violated', value: 1 },
    { thresholds: { attempts: '== 4' }, verdict: 'pass', value: 4 },
    { thresholds: { 'opening.spread': '< 25ms' }, verdict: 'pass', value: 23_000 },
    { thresholds: { sold: '>= 2' }, verdict: 'pass', value: null },
    { thresholds: { sold: '>= 3' }, verdict: 'unknown', value: null },
    { thresholds: { sold: '>= 4' }, verdict: 'violated', value: null },
  ])('$thresholds is $verdict', ({ thresholds, verdict, value }) => {
    const [found] = build(outcomeOf(played), scenarioOf(thresholds)).thresholds;
    expect(found).toMatchObject({ verdict, value });
  });
});

describe('warnings of a run', () => {
  const worker = outcomeOf([]).workers[0];
  const calm = outcomeOf(played, { truth: truthOf([0, 1]) });

  it('has none for a calm run against an own server', () => {
    expect(build(calm).warnings).toEqual([]);
  });

  it.each([
    {
      name: 'a load generator that stood still',
      outcome: { workers: worker === undefined ? [] : [{ ...worker, eventLoopDelayMaxMs: 83 }] },
      words: 'stood still for up to 83.0 ms',
    },
    {
      name: 'first orders that were sent late',
      outcome: { attempts: outcomeOf([attempt({ sentMs: 25 })]).attempts },
      words: 'p99 25.0 ms after they were due',
    },
    {
      name: 'connections that were not warm',
      outcome: { opening: { ...calm.opening, connections: 100, warmConnections: 94 } },
      words: 'Only 94 of 100 connections were warm',
    },
    {
      name: 'arrivals that were dropped',
      outcome: { workers: worker === undefined ? [] : [{ ...worker, droppedArrivals: 7 }] },
      words: '7 planned first attempts were never sent',
    },
    {
      name: 'a snapshot that is missing',
      outcome: { truth: undefined, truthNote: 'GET /truth answered 500' },
      words: 'GET /truth answered 500',
    },
    { name: 'what the engine noticed', outcome: { warnings: ['disk full'] }, words: 'disk full' },
  ])('warns of $name', ({ outcome, words }) => {
    const { warnings } = build({ ...calm, ...outcome });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(words);
  });

  it('tells apart what the pool made orders wait, and takes no blame for it', () => {
    const waits = (poolWaits: { count: number; totalMs: number; maxMs: number }) =>
      worker === undefined ? [] : [{ ...worker, poolWaits }];
    const late = { attempts: outcomeOf([attempt({ sentMs: 25 })]).attempts };
    const pooled = {
      ...calm,
      ...late,
      opening: { ...calm.opening, connections: 12, warmConnections: 12 },
      workers: [
        ...waits({ count: 3, totalMs: 30, maxMs: 25 }),
        ...waits({ count: 1, totalMs: 10, maxMs: 10 }),
      ],
    };
    expect(build(pooled).warnings).toEqual([
      'First orders waited for a connection of the pool: they were sent late (p99 25.0 ms after they were due).',
      'Note: 4 requests waited for one of the 12 connections of the pool, 10.0 ms on average and 25.0 ms at most. ' +
        'Response times include it, service times do not.',
    ]);
    const idle = { ...pooled, workers: waits({ count: 0, totalMs: 0, maxMs: 0 }) };
    expect(build(idle).warnings).toEqual([expect.stringContaining('tainted')]);
  });

  it('does not warn at the very limits', () => {
    const quiet = {
      ...calm,
      attempts: outcomeOf([attempt({ sentMs: 20 })]).attempts,
      opening: { ...calm.opening, connections: 100, warmConnections: 95 },
      workers: worker === undefined ? [] : [{ ...worker, eventLoopDelayMaxMs: 50 }],
    };
    expect(build(quiet).warnings).toEqual([]);
  });

  it.each([
    ['postgres', {}, [/^Note: .*fsync=off/]],
    ['postgres', { postgres: 'postgres://127.0.0.1/shop' }, []],
    ['mysql', {}, [/^Note: the private MySQL syncs its log once a second/]],
    ['mysql', { mysql: 'mysql://u@127.0.0.1' }, []],
    ['memory', {}, [/^Note: the orders are in the memory of the server process/]],
  ] as const)('notes what the place of the orders keeps: %s, %j', (store, stores, notes) => {
    const reference = { stock: { store }, stores };
    const scenario = { ...scenarioOf(), target: { reference } } as unknown as Scenario;
    const { warnings } = build(calm, scenario);
    expect(warnings).toEqual(notes.map((note) => expect.stringMatching(note) as string));
  });
});
