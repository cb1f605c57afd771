import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OrderRequest } from '../../../../src/targets/reference/orders/order-store.ts';
import { pooledOrdering } from '../../../../src/targets/reference/orders/pooled-ordering.ts';

const order = (number: number): OrderRequest => ({
  orderId: `o${number}`,
  key: `k${number}`,
  userId: 'u1',
  productId: 'sneaker',
  quantity: 1,
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('orders on a pool of threads', () => {
  it('are worked on as many at once as there are threads, first come first served', async () => {
    const begun: string[] = [];
    const ended: string[] = [];
    const pool = pooledOrdering(
      {
        submit: ({ orderId }) => {
          begun.push(orderId);
          return Promise.resolve({ kind: 'sold-out' });
        },
      },
      { size: 2, serviceTimeMs: 20 },
    );
    for (const number of [1, 2, 3, 4, 5]) {
      void pool.submit(order(number)).then(() => ended.push(`o${number}`));
    }
    await vi.advanceTimersByTimeAsync(19);
    expect([begun, ended]).toEqual([['o1', 'o2'], []]);
    await vi.advanceTimersByTimeAsync(1);
    expect([begun, ended]).toEqual([
      ['o1', 'o2', 'o3', 'o4'],
      ['o1', 'o2'],
    ]);
    await vi.advanceTimersByTimeAsync(40);
    expect(ended).toEqual(['o1', 'o2', 'o3', 'o4', 'o5']);
  });

  it('keep their thread for as long as the work takes, when that is longer', async () => {
    const pool = pooledOrdering(
      {
        submit: () =>
          new Promise((resolve) => {
            setTimeout(() => resolve({ kind: 'sold-out' }), 50);
          }),
      },
      { size: 1, serviceTimeMs: 20 },
    );
    let ended = false;
    void pool.submit(order(1)).then(() => {
      ended = true;
    });
    await vi.advanceTimersByTimeAsync(49);
    expect(ended).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(ended).toBe(true);
  });

  it('give their thread back when the work fails', async () => {
    const pool = pooledOrdering(
      { submit: ({ orderId }) => Promise.reject(new Error(orderId)) },
      { size: 1, serviceTimeMs: 0 },
    );
    const ends = Promise.allSettled([pool.submit(order(1)), pool.submit(order(2))]);
    await vi.advanceTimersByTimeAsync(1);
    expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
