import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Journal, type JournalFile, OrderJournal } from '../../../src/history/journal.ts';
import { attemptsOfJournal, withJournal } from '../../../src/history/journal-attempts.ts';
import { AttemptStore } from '../../../src/history/store.ts';
import { attemptsOf } from '../../helpers/attempts.ts';
import { attemptOf, runId } from '../../helpers/history-builder.ts';

const entry = (index: number) => ({
  key: `${runId}-${index}`,
  orderId: `o${index}`,
  userId: `u${index}`,
  productId: 'p0',
  quantity: 1,
  ns: 1_000 - index,
});

/** A disk that takes 20 ms to make what was written durable. */
class SlowDisk implements JournalFile {
  /** By order id: when it was durable, in fake milliseconds. */
  readonly durableMs = new Map<string, number>();
  #written = '';

  appendFile(text: string | Uint8Array): Promise<void> {
    this.#written += String(text);
    return Promise.resolve();
  }

  async datasync(): Promise<void> {
    const ids = [...this.#written.matchAll(/"orderId":"(\w+)"/g)].map(([, id]) => id ?? '');
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const id of ids)
      if (!this.durableMs.has(id)) this.durableMs.set(id, vi.getMockedSystemTime()?.getTime() ?? 0);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

describe('an acknowledged order', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 0 }));
  afterEach(() => void vi.useRealTimers());

  it('is on the disk within 100 ms, whenever it comes', async () => {
    const disk = new SlowDisk();
    const journal = new OrderJournal(disk);
    const appendedMs = new Map<string, number>();
    // Steps of 7 ms meet every phase of waiting and writing.
    for (let index = 0; index < 200; index += 1) {
      appendedMs.set(`o${index}`, index * 7);
      journal.append(entry(index));
      await vi.advanceTimersByTimeAsync(7);
    }
    await vi.advanceTimersByTimeAsync(200);
    const waitedMs = [...appendedMs].map(
      ([id, atMs]) => (disk.durableMs.get(id) ?? Infinity) - atMs,
    );
    expect(Math.max(...waitedMs)).toBeLessThanOrEqual(100);
    // And not each by itself: the disk is asked no more often than it has to be.
    expect(new Set(disk.durableMs.values()).size).toBeLessThan(40);
  });
});

function journalOf(orders: Journal['orders'], mayCancel = false): Journal {
  return {
    header: {
      runId,
      name: 'sale',
      seed: 1,
      scenarioHash: '',
      startedAtMs: 0,
      products: [{ id: 'p0', stock: 1 }],
      exclusive: true,
      mayCancel,
      restocks: [],
      replay: '',
    },
    orders,
    brokenLastLine: false,
  };
}

describe('attempts of a journal', () => {
  it('are acknowledged orders that may have been sent at any time before', () => {
    const { attempts, orders, strange } = attemptsOfJournal(journalOf([entry(1), entry(2)]));
    expect({ orders, strange }).toEqual({ orders: 2, strange: 0 });
    expect(attemptsOf(attempts)).toMatchObject([
      { intent: 1, user: 1, sentNs: 0, doneNs: 999, outcome: 'ok', orderId: 'o1', status: 0 },
      { intent: 2, user: 2, sentNs: 0, doneNs: 998, outcome: 'ok', orderId: 'o2' },
    ]);
  });

  it('may have been withdrawn where shoppers withdraw orders', () => {
    const { attempts } = attemptsOfJournal(journalOf([entry(1)], true));
    expect(attemptsOf(attempts)).toMatchObject([
      { operation: 'order', outcome: 'ok' },
      { operation: 'cancel', outcome: 'info', intent: 1, sentNs: 999 },
    ]);
  });

  it('pass over entries of another run or product, and count them', () => {
    const strangers = [
      { ...entry(1), key: 'other-1' },
      { ...entry(2), productId: 'control' },
      { ...entry(3), userId: 'anybody' },
    ];
    const { attempts, strange } = attemptsOfJournal(journalOf(strangers));
    expect([attempts.length, strange]).toEqual([0, 3]);
  });

  it('join a history that lacks their acknowledgement', () => {
    const history = new AttemptStore();
    history.append(attemptOf({ intent: 1, outcome: 'ok', code: 'ok', sentNs: 5, doneNs: 9 }));
    history.append(attemptOf({ intent: 2, outcome: 'info', code: 'timeout', sentNs: 6 }));
    const found = attemptOf({ operation: 'status', intent: 3, outcome: 'ok', sentNs: 7 });
    history.append(found);
    const joined = withJournal(history, journalOf([entry(1), entry(2), entry(3), entry(4)]));
    expect(joined.added).toBe(2);
    expect(
      attemptsOf(joined.attempts).map(({ intent, sentNs, outcome }) => [intent, sentNs, outcome]),
    ).toEqual([
      [2, 0, 'ok'],
      [4, 0, 'ok'],
      [1, 5, 'ok'],
      [2, 6, 'info'],
      [3, 7, 'ok'],
    ]);
  });

  it('change nothing of a history that has them all', () => {
    const history = new AttemptStore();
    history.append(attemptOf({ intent: 1, outcome: 'ok', code: 'ok' }));
    expect(withJournal(history, journalOf([entry(1)]))).toMatchObject({
      attempts: history,
      added: 0,
    });
  });
});
