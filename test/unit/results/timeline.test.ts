import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nsPerMs } from '../../../src/core/clock.ts';
import type { AttemptStore } from '../../../src/history/store.ts';
import { buildTimeline, firstSales } from '../../../src/results/timeline.ts';
import { attempt, opensMs, storeOf } from './outcome-fixture.ts';

const opensNs = opensMs * nsPerMs;

const timelineOf = (store: AttemptStore) => buildTimeline(store, opensNs, firstSales(store));

describe('buildTimeline', () => {
  it('puts arrivals at the time they were sent and ends at the time they were known', () => {
    const timeline = timelineOf(
      storeOf([
        attempt({ intent: 0, sentMs: -50, doneMs: 20, code: 'not-open' }),
        attempt({ intent: 1, sentMs: 10, doneMs: 150, quantity: 2 }),
        attempt({ intent: 2, dueMs: 120, sentMs: Number.NaN, doneMs: 260, code: 'timeout' }),
      ]),
    );
    expect(timeline).toEqual({
      bucketMs: 100,
      startMs: -100,
      arrivals: [1, 1, 1, 0],
      firstAttempts: [0, 2, 1, 0],
      completions: [0, 1, 1, 0],
      useful: [0, 0, 1, 0],
      sold: [0, 0, 2, 0],
      refused: [0, 1, 0, 0],
      uncertain: [0, 0, 0, 1],
    });
  });

  it('counts a sale once, when a retry is answered with the same order', () => {
    const store = storeOf([
      attempt({ intent: 4, attempt: 2, sentMs: 0, doneMs: 300 }),
      attempt({ intent: 4, attempt: 1, sentMs: 0, doneMs: 100 }),
    ]);
    expect([...firstSales(store)]).toEqual([1]);
    const { sold } = timelineOf(store);
    expect(sold).toEqual([0, 1, 0, 0]);
  });

  it('counts orders under fresh keys apart', () => {
    const store = storeOf([attempt({ keyVariant: 0 }), attempt({ keyVariant: 1 })]);
    expect(firstSales(store).size).toBe(2);
  });

  it('is empty when nobody ordered', () => {
    expect(timelineOf(storeOf([attempt({ operation: 'page' })])).arrivals).toEqual([]);
  });

  it('has at most 120 buckets of 100 ms to 1 s, and loses nothing of a run of two minutes', () => {
    const times = fc.array(
      fc.record({
        sentMs: fc.integer({ min: -9_000, max: 100_000 }),
        tookMs: fc.integer({ min: 0, max: 9_000 }),
      }),
      { minLength: 1, maxLength: 30 },
    );
    fc.assert(
      fc.property(times, (list) => {
        const store = storeOf(
          list.map(({ sentMs, tookMs }, intent) =>
            attempt({ intent, sentMs, doneMs: sentMs + tookMs }),
          ),
        );
        const { arrivals, sold, bucketMs } = timelineOf(store);
        const total = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);
        expect(arrivals.length).toBeLessThanOrEqual(120);
        expect([100, 200, 500, 1_000]).toContain(bucketMs);
        expect([total(arrivals), total(sold)]).toEqual([list.length, list.length]);
      }),
    );
  });
});
