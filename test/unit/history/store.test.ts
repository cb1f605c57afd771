import { deserialize, serialize } from 'node:v8';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Attempt } from '../../../src/history/attempt.ts';
import { type AttemptChunk, AttemptStore } from '../../../src/history/store.ts';
import { ascendingOrder } from '../../../src/history/time-order.ts';
import { anyAttempt, attemptsOf } from '../../helpers/attempts.ts';
import { attemptOf } from '../../helpers/history-builder.ts';

function storeOf(attempts: readonly Attempt[], chunkRows?: number): AttemptStore {
  const store = new AttemptStore(chunkRows);
  for (const attempt of attempts) store.append(attempt);
  return store;
}

describe('AttemptStore', () => {
  it('gives back what was appended, whatever the size of its chunks', () => {
    fc.assert(
      fc.property(
        fc.array(anyAttempt(), { maxLength: 40 }),
        fc.integer({ min: 1, max: 9 }),
        (all, rows) => {
          const store = storeOf(all, rows);
          expect(store.length).toBe(all.length);
          expect(all.map((_, index) => store.read(index))).toEqual(all);
          expect(attemptsOf(store)).toEqual(all);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('takes at most 64 bytes an attempt for a usual mix of answers', () => {
    const store = new AttemptStore();
    for (let index = 0; index < 50_000; index += 1) {
      const sold = index % 20 === 0;
      store.append(
        attemptOf({
          intent: index,
          code: sold ? 'ok' : 'sold-out',
          orderId: sold ? `8d3f7a52-3c1b-4c35-9b4e-${100_000_000_000 + index}` : undefined,
          remaining: sold ? 500 : undefined,
          retryAfterMs: index % 10 === 1 ? 1_000 : undefined,
        }),
      );
    }
    expect(store.bytes / store.length).toBeLessThanOrEqual(64);
    expect(store.bytes / store.length).toBeGreaterThan(40);
  });

  it('hands over full chunks and keeps the one it is filling', () => {
    const all = [0, 1, 2, 3, 4].map((intent) => attemptOf({ intent }));
    const store = storeOf(all, 2);
    expect(store.takeChunks().map(({ length }) => length)).toEqual([2, 2]);
    expect(store.length).toBe(1);
    expect(store.read(0).intent).toBe(4);
    expect(store.takeChunks()).toEqual([]);
    expect(store.takeChunks(true).map(({ length }) => length)).toEqual([1]);
    expect(store.length).toBe(0);
  });

  it('loses nothing when chunks travel between processes', () => {
    fc.assert(
      fc.property(
        fc.array(anyAttempt(), { maxLength: 20 }),
        fc.array(anyAttempt(), { maxLength: 20 }),
        (here, there) => {
          const received = storeOf(here, 4);
          for (const chunk of storeOf(there, 8).takeChunks(true)) {
            received.addChunk(deserialize(serialize(chunk)) as AttemptChunk);
          }
          expect(attemptsOf(received)).toEqual([...here, ...there]);
          received.append(attemptOf({ intent: 77 }));
          expect(received.read(received.length - 1).intent).toBe(77);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('merges the attempts of several workers by the time they were sent', () => {
    const store = storeOf(
      [
        attemptOf({ worker: 1, sentNs: 30, scheduledNs: 5 }),
        attemptOf({ worker: 1, sentNs: 10, scheduledNs: 6 }),
        attemptOf({ worker: 2, sentNs: Number.NaN, scheduledNs: 20 }),
        attemptOf({ worker: 2, sentNs: 10, scheduledNs: 4 }),
      ],
      3,
    );
    const sorted = attemptsOf(store.sortedByTime());
    expect(sorted.map(({ worker, sentNs }) => [worker, sentNs])).toEqual([
      [1, 10],
      [2, 10],
      [2, Number.NaN],
      [1, 30],
    ]);
    expect(store.sortedByTime().sortedByTime().length).toBe(4);
  });

  it.each([
    ['quantity', 65_536],
    ['device', 256],
    ['user', -1],
    ['product', 40_000],
    ['intent', 1.5],
  ] as const)('refuses a %s of %d rather than storing another number', (name, value) => {
    expect(() => new AttemptStore().append(attemptOf({ [name]: value }))).toThrow(name);
  });

  it('cuts figures that a server told to what it can hold', () => {
    const store = storeOf([attemptOf({ remaining: -1e15, retryAfterMs: 1e15 })]);
    expect(store.read(0)).toMatchObject({ remaining: -(2 ** 31 - 1), retryAfterMs: 2 ** 32 - 1 });
  });

  it('never puts the first byte behind the last', () => {
    const doneNs = 16_777_219;
    expect(
      storeOf([attemptOf({ firstByteNs: doneNs, doneNs })]).read(0).firstByteNs,
    ).toBeLessThanOrEqual(doneNs);
  });

  it('has no attempt beyond its length', () => {
    expect(() => storeOf([attemptOf()]).read(1)).toThrow('no attempt 1 in a history of 1');
  });
});

describe('ascendingOrder', () => {
  it('sorts as a stable comparison sort does', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true }), { maxLength: 60 }), (values) => {
        const expected = values.map((_, index) => index);
        expected.sort((a, b) => {
          const [left = 0, right = 0] = [values[a], values[b]];
          return left < right ? -1 : left > right ? 1 : a - b;
        });
        expect([...ascendingOrder(Float64Array.from(values))]).toEqual(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it('puts what is not a number last', () => {
    expect([...ascendingOrder(Float64Array.of(Number.NaN, 3, -Number.NaN, -1))]).toEqual([
      3, 1, 0, 2,
    ]);
  });
});
