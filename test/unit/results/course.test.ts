import { describe, expect, it } from 'vitest';
import { nsPerMs } from '../../../src/core/clock.ts';
import type { Attempt } from '../../../src/history/attempt.ts';
import { buyersOf } from '../../../src/results/buyers.ts';
import { latencyOverTime } from '../../../src/results/latency-over-time.ts';
import { firstSales, salesOf } from '../../../src/results/sales.ts';
import { throughputOf } from '../../../src/results/throughput.ts';
import { buildTimeline, spanOfOrders } from '../../../src/results/timeline.ts';
import { attempt, opensMs, storeOf } from './outcome-fixture.ts';

const opensNs = opensMs * nsPerMs;

function throughput(list: readonly Attempt[], stock: number) {
  const attempts = storeOf(list);
  const sales = salesOf(attempts, firstSales(attempts));
  const span = spanOfOrders(attempts);
  const timeline = buildTimeline({ attempts, opensNs, span, sales, stock, events: [] });
  return throughputOf({ sales, opensNs, stock, timeline });
}

describe('throughputOf', () => {
  const twoBursts = [
    ...Array.from({ length: 30 }, (_, intent) => attempt({ intent, doneMs: 900 })),
    ...Array.from({ length: 20 }, (_, at) => attempt({ intent: 100 + at, doneMs: 1_890 })),
    ...Array.from({ length: 9 }, (_, at) => attempt({ intent: 200 + at, doneMs: 5_000 })),
  ];

  it('finds the second with most answers, wherever it begins', () => {
    expect(throughput(twoBursts, 1).answersPeakPerS).toBe(50);
  });

  it('counts no timeout as an answer', () => {
    const silent = [attempt({ code: 'timeout', doneMs: 10 }), attempt({ code: 'sold-out' })];
    expect(throughput(silent, 1).answersPeakPerS).toBe(1);
  });

  it.each([
    { stock: 30, sellOutMs: 900 },
    { stock: 31, sellOutMs: 1_890 },
    { stock: 59, sellOutMs: 5_000 },
    { stock: 60, sellOutMs: null },
  ])('$stock units are gone after $sellOutMs ms', ({ stock, sellOutMs }) => {
    expect(throughput(twoBursts, stock).sellOutMs).toBe(sellOutMs);
  });

  it('has nothing to say of a run without orders', () => {
    expect(throughput([], 3)).toEqual({ answersPeakPerS: 0, sellOutMs: null });
  });
});

describe('buyersOf', () => {
  it('tells who got something, by their devices and by the try that got it', () => {
    const attempts = storeOf([
      attempt({ operation: 'login', user: 0, device: 0, intent: -1 }),
      attempt({ operation: 'login', user: 0, device: 1, intent: -1 }),
      attempt({ operation: 'login', user: 1, device: 0, intent: -1 }),
      attempt({ operation: 'login', user: 3, device: 40, intent: -1 }),
      attempt({ user: 0, device: 1, intent: 0, attempt: 1, code: 'limited' }),
      attempt({ user: 0, device: 1, intent: 0, attempt: 2, quantity: 2 }),
      attempt({ user: 0, device: 0, intent: 1, attempt: 1 }),
      attempt({ user: 1, intent: 2, attempt: 14 }),
    ]);
    expect(buyersOf(attempts, salesOf(attempts, firstSales(attempts)))).toEqual({
      people: 2,
      units: 4,
      unitsPerPersonMax: 3,
      byDevices: [
        { devices: 1, people: 2, buyers: 1, units: 1 },
        { devices: 2, people: 1, buyers: 1, units: 3 },
      ],
      byTry: [
        { try: 1, units: 1 },
        { try: 2, units: 2 },
        { try: 10, units: 1 },
      ],
    });
  });

  it('is empty for an empty history', () => {
    const none = { people: 0, units: 0, unitsPerPersonMax: 0, byDevices: [], byTry: [] };
    expect(buyersOf(storeOf([]), [])).toEqual(none);
  });

  it('does without devices when users are numbered beyond all bounds', () => {
    const attempts = storeOf([attempt({ user: 4_000_000_000 })]);
    expect(buyersOf(attempts, salesOf(attempts, firstSales(attempts)))).toMatchObject({
      people: 1,
      byDevices: [],
    });
  });
});

function overTime(list: readonly Attempt[]) {
  const store = storeOf(list);
  return latencyOverTime(store, opensNs, spanOfOrders(store));
}

describe('latencyOverTime', () => {
  it('puts a latency where its request was due, not where it ended', () => {
    const stall = attempt({ dueMs: 0, sentMs: 0, doneMs: 800, intent: 0 });
    const quick = attempt({ dueMs: 700, sentMs: 700, doneMs: 710, intent: 1 });
    const { bucketMs, startMs, operations } = overTime([stall, quick]);
    expect([bucketMs, startMs]).toEqual([50, 0]);
    const { counts = [], max = [] } = operations['order'] ?? {};
    expect(counts.flatMap((count, at) => (count > 0 ? [at] : []))).toEqual([0, 14]);
    expect([max[0], max[14], max[1]]).toEqual([800_000, 10_000, null]);
  });

  it('leaves out probes, connections that were never made, and operations that nobody timed', () => {
    const { operations } = overTime([
      attempt({ intent: 0 }),
      attempt({ attempt: 0 }),
      attempt({ code: 'connect-failed' }),
      attempt({ operation: 'status' }),
    ]);
    expect(Object.keys(operations)).toEqual(['order']);
    expect(operations['order']?.counts).toEqual([1]);
  });

  it('is empty without orders', () => {
    expect(overTime([]).operations).toEqual({});
  });
});
