import { describe, expect, it } from 'vitest';
import { KeyedMutex } from '../../../../src/targets/reference/stock/keyed-mutex.ts';
import { answerFrom } from '../../../../src/targets/reference/stock/place-order.ts';
import {
  stockStrategies,
  stockStrategy,
} from '../../../../src/targets/reference/stock/registry.ts';

const order = { orderId: 'o1', key: 'k1', userId: 'u1', productId: 'p1', quantity: 2 };
const committed = { ...order, status: 'confirmed', remaining: 5 } as const;
const product = { stock: 2, limitPerUser: 3 };

describe('answerFrom', () => {
  it.each([
    ['replays the same order', { committed, product, used: 2 }, 'replayed'],
    [
      'refuses a key that another user used',
      { committed: { ...committed, userId: 'u2' }, product, used: 0 },
      'key-reuse',
    ],
    [
      'refuses a key that another quantity was ordered with',
      { committed: { ...committed, quantity: 1 }, product, used: 0 },
      'key-reuse',
    ],
    ['knows products', { committed: undefined, product: undefined, used: 0 }, 'unknown-product'],
    ['counts what the user has', { committed: undefined, product, used: 2 }, 'limit-per-user'],
    [
      'needs stock for the whole quantity',
      { committed: undefined, product: { stock: 1, limitPerUser: undefined }, used: 9 },
      'sold-out',
    ],
    ['leaves the rest open', { committed: undefined, product, used: 1 }, undefined],
  ])('%s', (_title, outlook, kind) => {
    expect(answerFrom(outlook, order)?.kind).toBe(kind);
  });
});

describe('KeyedMutex', () => {
  it('runs work of one key one after the other, in the order of arrival', async () => {
    const mutex = new KeyedMutex();
    const log: string[] = [];
    const work = (name: string) => async () => {
      log.push(`${name} in`);
      await Promise.resolve();
      log.push(`${name} out`);
    };
    await Promise.all(['a', 'b', 'c'].map((name) => mutex.run('key', work(name))));
    expect(log).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
  });

  it('lets different keys run together', async () => {
    const mutex = new KeyedMutex();
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const held = mutex.run('one', () => gate);
    await expect(mutex.run('two', () => Promise.resolve('free'))).resolves.toBe('free');
    release();
    await held;
  });

  it('frees the key when work fails', async () => {
    const mutex = new KeyedMutex();
    await expect(mutex.run('key', () => Promise.reject(new Error('broken')))).rejects.toThrow();
    await expect(mutex.run('key', () => Promise.resolve(1))).resolves.toBe(1);
  });
});

describe('the registry of stock strategies', () => {
  it('names every strategy as its key', () => {
    for (const [key, entry] of Object.entries(stockStrategies)) expect(entry.name).toBe(key);
  });

  it('does not take inherited names for strategies', () => {
    expect(stockStrategy('toString')).toBeUndefined();
    expect(stockStrategy('naive')?.name).toBe('naive');
  });
});
