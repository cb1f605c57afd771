import { describe, expect, it } from 'vitest';
import { nsPerMs } from '../../../src/core/clock.ts';
import { awaitIdle, quiesce } from '../../../src/engine/quiesce.ts';
import type { TruthSnapshot } from '../../../src/history/truth.ts';
import type { Target } from '../../../src/targets/target.ts';

const snapshot = (remaining: number): TruthSnapshot => ({
  schemaVersion: 1,
  runId: 'r',
  takenAtMs: remaining * 7,
  products: [{ id: 'a', initial: 5, remaining }],
  orders: [],
});

/** A target that only answers what quiescing asks; lists are read from the front, the last stays. */
function target(
  inFlight: (number | undefined)[],
  truths: (TruthSnapshot | undefined | Error)[],
): Target {
  const next = <T>(list: T[]): T | undefined => (list.length > 1 ? list.shift() : list[0]);
  const partial: Pick<Target, 'inFlight' | 'truth'> = {
    inFlight: () => Promise.resolve(next(inFlight)),
    truth: () => {
      const truth = next(truths);
      return truth instanceof Error ? Promise.reject(truth) : Promise.resolve(truth);
    },
  };
  return partial as Target;
}

/** A clock that advances by a second each time it is read. */
function fastClock(): () => number {
  let ms = 0;
  return () => (ms += 1_000) * nsPerMs;
}

const stopped = AbortSignal.abort();

describe('quiesce', () => {
  it('takes the second of two equal snapshots', async () => {
    const found = await quiesce(target([0], [snapshot(1)]), fastClock());
    expect(found).toMatchObject({ quiesced: true, truth: { products: [{ remaining: 1 }] } });
  });

  it('is not quiesced while the store still moves', async () => {
    const moving = Array.from({ length: 99 }, (_, index) => snapshot(index));
    const found = await quiesce(target([0], moving), fastClock(), stopped);
    expect(found.quiesced).toBe(false);
    expect(found.note).toMatch(/^not quiesced after \d+ s$/);
  });

  it('is not quiesced while requests are in flight, though snapshots are equal', async () => {
    const found = await quiesce(target([3], [snapshot(1)]), fastClock(), stopped);
    expect(found.quiesced).toBe(false);
  });

  it('says when there is no store to look at, or it cannot be read', async () => {
    expect(await quiesce(target([undefined], [undefined]), fastClock())).toMatchObject({
      quiesced: false,
      note: 'the target shows no store; target.http.truth would',
    });
    expect(await quiesce(target([0], [new Error('gone')]), fastClock())).toMatchObject({
      truth: undefined,
      note: 'the store could not be read: gone',
    });
  });
});

describe('awaitIdle', () => {
  it('waits until nothing is in flight', async () => {
    expect(await awaitIdle(target([2, 1, 0], []), fastClock(), 100)).toBe(true);
  });

  it('gives up after its bound', async () => {
    expect(await awaitIdle(target([2], []), fastClock(), 100, stopped)).toBe(false);
  });
});
