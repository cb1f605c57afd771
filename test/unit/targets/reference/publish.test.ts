import { describe, expect, it } from 'vitest';
import { publish } from '../../../../src/targets/reference/orders/orderings/publish.ts';
import type { OrderQueue } from '../../../../src/targets/reference/postgres/order-queue.ts';

const order = { orderId: 'o1', key: 'k1', userId: 'u1', productId: 'p1', quantity: 1 };

/** A queue that says what it is told to. */
const queueThat = (enqueue: OrderQueue['enqueue']): OrderQueue => ({
  enqueue,
  turn: () => Promise.resolve(0),
});

const long = 600_000;

describe('publishing', () => {
  it.each(['queued', 'key-taken', 'unknown-product'] as const)(
    'tells what the queue says: %s',
    async (word) => {
      expect(
        await publish(
          queueThat(() => Promise.resolve(word)),
          order,
          long,
        ),
      ).toBe(word);
    },
  );

  it('is late when the queue says nothing in time, or the connection broke', async () => {
    const silent = queueThat(() => new Promise(() => undefined));
    expect(await publish(silent, order, 1)).toBe('late');
    const broken = queueThat(() => Promise.reject(new Error('gone')));
    expect(await publish(broken, order, long)).toBe('late');
  });

  it('does not mind what becomes of what it has given up', async () => {
    let fail: (error: Error) => void = () => undefined;
    const slow = queueThat(
      () =>
        new Promise((_resolve, reject) => {
          fail = reject;
        }),
    );
    expect(await publish(slow, order, 1)).toBe('late');
    fail(new Error('gone after all'));
  });
});
