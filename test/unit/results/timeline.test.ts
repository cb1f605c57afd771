import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nsPerMs } from '../../../src/core/clock.ts';
import type { EventRecord } from '../../../src/history/run-record.ts';
import type { AttemptStore } from '../../../src/history/store.ts';
import type { Timeline } from '../../../src/results/result.ts';
import { firstSales, salesOf } from '../../../src/results/sales.ts';
import { buildTimeline, spanOfOrders } from '../../../src/results/timeline.ts';
import { attempt, opensMs, storeOf } from './outcome-fixture.ts';

const opensNs = opensMs * nsPerMs;

const timelineOf = (store: AttemptStore, events: readonly EventRecord[] = []) =>
  buildTimeline({
    attempts: store,
    opensNs,
    span: spanOfOrders(store),
    sales: salesOf(store, firstSales(store)),
    stock: 3,
    events,
  });

/** What is in a series, by where its buckets begin, in ms from the opening. */
function filled({ startMs, bucketMs }: Timeline, counts: readonly number[] = []) {
  return Object.fromEntries(
    counts.flatMap((count, at) => (count === 0 ? [] : [[startMs + at * bucketMs, count]])),
  );
}

describe('buildTimeline', () => {
  it('puts arrivals at the time they were sent and ends at the time they were known', () => {
    const timeline = timelineOf(
      storeOf([
        attempt({ intent: 0, sentMs: -50, doneMs: 20, code: 'not-open' }),
        attempt({ intent: 1, sentMs: 10, doneMs: 150, quantity: 2 }),
        attempt({ intent: 2, dueMs: 120, sentMs: Number.NaN, doneMs: 260, code: 'timeout' }),
      ]),
    );
    expect(timeline).toMatchObject({ bucketMs: 20, startMs: -60 });
    expect(filled(timeline, timeline.arrivals)).toEqual({ '-60': 1, 0: 1, 120: 1 });
    expect(filled(timeline, timeline.firstAttempts)).toEqual({ 0: 2, 120: 1 });
    expect(filled(timeline, timeline.sold)).toEqual({ 140: 2 });
    expect(filled(timeline, timeline.refused)).toEqual({ 20: 1 });
    expect(filled(timeline, timeline.uncertain)).toEqual({ 260: 1 });
    expect(filled(timeline, timeline.completions)).toEqual({ 20: 1, 140: 1 });
    expect(filled(timeline, timeline.useful)).toEqual({ 140: 1 });
  });

  it('tells retries from first attempts', () => {
    const timeline = timelineOf(
      storeOf([
        attempt({ attempt: 1, code: 'limited', doneMs: 5 }),
        attempt({ attempt: 2, sentMs: 40 }),
      ]),
    );
    expect(filled(timeline, timeline.arrivals)).toEqual({ 0: 1, 40: 1 });
    expect(filled(timeline, timeline.retries)).toEqual({ 40: 1 });
  });

  it('tells refusals apart by code, the most frequent first, and the rarest together', () => {
    const codes = Array.from({ length: 10 }, (_, at) =>
      Array.from({ length: 10 - at }, () => `code-${at}`),
    ).flat();
    const { refusedByCode = {} } = timelineOf(storeOf(codes.map((code) => attempt({ code }))));
    expect(Object.keys(refusedByCode)).toEqual([
      ...Array.from({ length: 7 }, (_, at) => `code-${at}`),
      'others',
    ]);
    expect(refusedByCode['others']?.reduce((a, b) => a + b)).toBe(3 + 2 + 1);
  });

  it('gives no series to codes without end', () => {
    const attempts = Array.from({ length: 500 }, (_, at) => attempt({ code: `made-up-${at}` }));
    const { refusedByCode = {}, refused } = timelineOf(storeOf(attempts));
    expect(Object.keys(refusedByCode)).toHaveLength(8);
    const total = Object.values(refusedByCode)
      .flat()
      .reduce((a, b) => a + b);
    expect([total, refused.reduce((a, b) => a + b)]).toEqual([500, 500]);
  });

  it('follows the stock down, up by restocks and cancels, and below zero', () => {
    const sold = [0, 1, 2, 3].map((intent) => attempt({ intent, doneMs: 10 + intent * 20 }));
    const cancel = attempt({ operation: 'cancel', intent: 1, sentMs: 90, doneMs: 100 });
    const again = { ...cancel, doneNs: cancel.doneNs + 20 * nsPerMs };
    const last = attempt({ intent: 9, code: 'sold-out', sentMs: 140, doneMs: 150 });
    const restock: EventRecord = {
      event: { kind: 'restock', productId: 'sneaker', quantity: 5 },
      plannedNs: 0,
      sentNs: (opensMs + 120) * nsPerMs,
      doneNs: (opensMs + 125) * nsPerMs,
      outcome: 'ok',
      detail: '',
    };
    const store = storeOf([...sold, cancel, again, last]);
    expect(timelineOf(store, [restock]).stockLeft).toEqual([2, 1, 0, -1, -1, 0, 5, 5]);
    expect(timelineOf(store, [{ ...restock, outcome: 'fail' }]).stockLeft?.at(-1)).toBe(0);
  });

  it('counts a sale once, when a retry is answered with the same order', () => {
    const store = storeOf([
      attempt({ intent: 4, attempt: 2, sentMs: 0, doneMs: 300 }),
      attempt({ intent: 4, attempt: 1, sentMs: 0, doneMs: 100 }),
    ]);
    expect([...firstSales(store)]).toEqual([1]);
    const timeline = timelineOf(store);
    expect(filled(timeline, timeline.sold)).toEqual({ 100: 1 });
  });

  it('counts orders under fresh keys apart', () => {
    const store = storeOf([attempt({ keyVariant: 0 }), attempt({ keyVariant: 1 })]);
    expect(firstSales(store).size).toBe(2);
  });

  it('is empty when nobody ordered', () => {
    expect(timelineOf(storeOf([attempt({ operation: 'page' })])).arrivals).toEqual([]);
  });

  it('has at most 600 buckets of 20 ms to 1 s, and loses nothing of a run of two minutes', () => {
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
        expect(arrivals.length).toBeLessThanOrEqual(600);
        expect([20, 50, 100, 200, 500, 1_000]).toContain(bucketMs);
        expect([total(arrivals), total(sold)]).toEqual([list.length, list.length]);
      }),
    );
  });
});
