import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auditRun } from '../../../src/audit/audit.ts';
import type { SelfCheckFigures, WorkerFigures } from '../../../src/history/run-record.ts';
import { LatencyHistogram } from '../../../src/metrics/histogram.ts';
import { buildResult } from '../../../src/results/build.ts';
import { evidenceOf } from '../../../src/results/evidence.ts';
import { percentilesOf } from '../../../src/results/latency.ts';
import type { RunResult } from '../../../src/results/result.ts';
import { selfCheckOf } from '../../../src/results/self-check.ts';
import { attempt, outcomeOf, scenarioOf } from './outcome-fixture.ts';

function histogramOf(values: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

/** A worker that kept up, unless told otherwise. */
function workerOf(given: Partial<SelfCheckFigures> = {}, worker = 0): WorkerFigures {
  return {
    worker,
    devices: 3,
    loggedIn: 3,
    loginsFailed: 0,
    droppedArrivals: 0,
    cpuSeconds: 1,
    eventLoopDelayMaxMs: 5,
    selfCheck: {
      seconds: 10,
      cpuSeconds: 2,
      cpuShareMax: 0.6,
      eventLoopDelayP99Ms: 2,
      eventLoopDelayMaxMs: 5,
      latenessUs: histogramOf([100, 900]).serialise(),
      socketErrors: {},
      ...given,
    },
  };
}

function bottlenecksOf(...workers: readonly WorkerFigures[]): readonly string[] | undefined {
  return selfCheckOf(workers)?.bottlenecks;
}

describe('the self-check of the load generator', () => {
  it('merges what workers measured exactly, as if one had done all', () => {
    const list = fc.array(fc.integer({ min: 0, max: 5_000_000 }), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(list, { minLength: 1, maxLength: 4 }), (lists) => {
        const workers = lists.map((values, worker) =>
          workerOf({ latenessUs: histogramOf(values).serialise() }, worker),
        );
        const found = selfCheckOf(workers);
        expect(found?.begun).toBe(lists.flat().length);
        expect(found?.latenessUs).toEqual(percentilesOf(histogramOf(lists.flat())));
        expect(found?.workers.map(({ latenessMaxUs }) => latenessMaxUs)).toEqual(
          lists.map((values) => Math.max(...values)),
        );
      }),
      { numRuns: 25 },
    );
  });

  it('is missing of runs that did not measure it', () => {
    const { selfCheck, ...old } = workerOf();
    expect(selfCheck).toBeDefined();
    expect(selfCheckOf([old])).toBeNull();
    expect(selfCheckOf([])).toBeNull();
  });

  it.each([
    ['keeps up', {}, []],
    ['is at every limit', { eventLoopDelayP99Ms: 20, cpuSeconds: 9.5, cpuShareMax: 1.2 }, []],
    [
      'begins requests late',
      { latenessUs: histogramOf([0, 36_000]).serialise() },
      [/began 1% of its requests more than 36\.0 ms late/],
    ],
    ['stands still', { eventLoopDelayP99Ms: 21 }, [/stood still for more than 21\.0 ms/]],
    ['has no core left', { cpuSeconds: 9.7 }, [/took 97% of its core/]],
    [
      'has no more files and ports',
      { socketErrors: { EMFILE: 1_200, EADDRNOTAVAIL: 30 } },
      [/could not open 1,230 sockets \(EMFILE, EADDRNOTAVAIL\)/],
    ],
    ['meets errors of the server', { socketErrors: { ECONNRESET: 500, ECONNREFUSED: 3 } }, []],
  ])('of a worker that %s', (_, given, reasons) => {
    const expected = reasons.map((reason) => expect.stringMatching(reason) as string);
    expect(bottlenecksOf(workerOf(given))).toEqual(expected);
    // One worker of two is enough: every other latency is its own.
    expect(bottlenecksOf(workerOf(), workerOf(given, 1))).toEqual(expected);
  });
});

describe('a run whose load generator was the bottleneck', () => {
  const orders = [
    attempt({ intent: 0, doneMs: 20, orderId: 'o0' }),
    attempt({ intent: 1, dueMs: 20, doneMs: 30, orderId: 'o1' }),
  ];
  const limits = {
    'order.p99': '< 10s',
    'order.service.p50': '< 10s',
    'login.p99': '< 10s',
    'opening.latenessP99': '< 10s',
    attempts: 2,
    oversell: 0,
  };
  const late = { latenessUs: histogramOf([0, 36_000]).serialise() };

  function result(given: Partial<SelfCheckFigures>): RunResult {
    const scenario = scenarioOf(limits);
    const outcome = outcomeOf(orders, { workers: [workerOf(given)] });
    const evidence = evidenceOf(outcome, false);
    const audit = auditRun(evidence);
    return buildResult({
      scenario,
      scenarioHash: 'hash',
      replay: 'flashsim run small-sale',
      outcome,
      evidence,
      audit,
      stories: [],
      wallMs: 1,
      version: '0.1.0',
      targetDescription: 'http',
    });
  }
  const verdictsOf = ({ thresholds }: RunResult): unknown =>
    Object.fromEntries(thresholds.map(({ metric, verdict }) => [metric, verdict]));

  it('leaves latency thresholds unknown and every other verdict as it is', () => {
    const [calm, busy] = [result({}), result(late)];
    expect(verdictsOf(calm)).toMatchObject({
      'order.p99': 'pass',
      'order.service.p50': 'pass',
      'login.p99': 'unknown',
      attempts: 'pass',
    });
    expect(verdictsOf(busy)).toEqual({
      ...(verdictsOf(calm) as object),
      'order.p99': 'unknown',
      'order.service.p50': 'unknown',
    });
    expect(busy.invariants).toEqual(calm.invariants);
    expect(busy.verdict).not.toBe('pass');
  });

  it('says so, with the cause, in the threshold and as a warning', () => {
    const { thresholds, warnings } = result(late);
    const [order] = thresholds;
    expect(order?.value).toBeNull();
    expect(order?.reason).toContain('the load generator was the bottleneck: load process 0 began');
    expect(thresholds.find(({ metric }) => metric === 'login.p99')?.reason).toBe(
      'no login request was timed',
    );
    expect(warnings[0]).toMatch(
      /^The load generator was the bottleneck: .* and the counts stand\.$/,
    );
    expect(result({}).warnings.join()).not.toContain('bottleneck');
  });
});
