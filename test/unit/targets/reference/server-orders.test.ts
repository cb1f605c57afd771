import { describe, expect, it } from 'vitest';
import { memoryOrderDatabase } from '../../../../src/targets/reference/memory/order-database.ts';
import {
  answerOrders,
  type OrdersAnswer,
  type OrdersQuestion,
  ordersOfServer,
} from '../../../../src/targets/reference/orders/server-orders.ts';

/** As between processes: what is asked and answered is JSON. */
function overJson(
  answer: (question: OrdersQuestion) => Promise<OrdersAnswer>,
): (question: OrdersQuestion) => Promise<OrdersAnswer> {
  return async (question) => {
    const answered = await answer(JSON.parse(JSON.stringify(question)) as OrdersQuestion);
    return JSON.parse(JSON.stringify(answered)) as OrdersAnswer;
  };
}

describe('the orders of a server process, seen from outside', () => {
  it('are what they are inside', async () => {
    const inside = memoryOrderDatabase([{ id: 'p', stock: 5, limitPerUser: 2 }]);
    const outside = ordersOfServer(overJson((question) => answerOrders(inside, question)));
    expect(await outside.restock('p', 2)).toBe(7);
    expect(await outside.restock('q', 2)).toBeUndefined();
    await outside.insertProducts([{ id: 'q', stock: 1 }]);
    expect(await outside.restock('q', 2)).toBe(3);
    const [truth, itself] = [await outside.truth('r'), await inside.truth('r')];
    expect(truth).toEqual({ ...itself, takenAtMs: truth.takenAtMs });
    expect((await outside.truth('r', 'control')).products).toEqual([]);
  });

  it('are looked at again while the process is being replaced, and restocked only once', async () => {
    const inside = memoryOrderDatabase([{ id: 'p', stock: 5 }]);
    let missing = 2;
    const outside = ordersOfServer((question) => {
      missing -= 1;
      if (missing >= 0) return Promise.reject(new Error('it is just being replaced'));
      return answerOrders(inside, question);
    });
    expect((await outside.truth('r')).products).toHaveLength(1);
    missing = 1;
    const error: unknown = await outside.restock('p', 2).catch((reason: unknown) => reason);
    expect(outside.isOutcomeUnknown(error)).toBe(true);
    expect((await inside.findProduct('p'))?.remaining).toBe(5);
  });
});
