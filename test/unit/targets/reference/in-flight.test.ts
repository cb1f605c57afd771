import { describe, expect, it } from 'vitest';
import { InFlightOrders } from '../../../../src/targets/reference/cache/in-flight.ts';
import type { Take } from '../../../../src/targets/reference/cache/stock-counter.ts';
import { orderBy } from '../../../helpers/buyers.ts';

/** A question whose answer comes when the test says so. */
function question<T>() {
  let answer: (value: T) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((resolve, reject) => {
    answer = resolve;
    fail = reject;
  });
  return { ask: () => promise, answer: (value: T) => answer(value), fail: (e: Error) => fail(e) };
}

/** Resolves when nothing is left to do but to wait for answers. */
const everythingAsked = () => new Promise((resolve) => setImmediate(resolve));

const taken: Take = { kind: 'taken', remaining: 4 };

async function keysIn(inFlight: InFlightOrders): Promise<readonly string[]> {
  return (await inFlight.report('p')).map(({ kind, key }) => `${kind} ${key}`);
}

describe('orders in flight', () => {
  it('are there from the answer of the cache until the order has ended', async () => {
    const inFlight = new InFlightOrders();
    const order = orderBy(1, { quantity: 3 });
    const [take, row] = [question<Take>(), question<string>()];
    const placing = inFlight.taking(order, { take: take.ask, undo: row.ask }, row.ask);
    take.answer(taken);
    const { key, userId } = order;
    expect(await inFlight.report('p')).toEqual([
      { kind: 'taken', productId: 'p', key, userId, delta: -3 },
    ]);
    expect(await inFlight.report('q')).toEqual([]);
    row.answer('placed');
    expect(await placing).toBe('placed');
    expect(await inFlight.report('p')).toEqual([]);
  });

  it('are waited for while the cache is asked, and left out when it took nothing', async () => {
    const inFlight = new InFlightOrders();
    const [first, second] = [question<Take>(), question<Take>()];
    const settle = question<string>();
    const orders = [orderBy(1), orderBy(2)];
    const results = [first, second].map(({ ask }, index) =>
      inFlight.taking(orders[index] ?? orderBy(3), { take: ask, undo: ask }, settle.ask),
    );
    const reported = keysIn(inFlight);
    first.answer({ kind: 'sold-out' });
    second.answer(taken);
    expect(await reported).toEqual([`taken ${orders[1]?.key ?? ''}`]);
    expect(await results[0]).toEqual({ kind: 'sold-out' });
    settle.answer('placed');
    expect(await results[1]).toBe('placed');
  });

  it('are gone once their units are back, before the order has ended', async () => {
    const inFlight = new InFlightOrders();
    const [undo, end] = [question<number>(), question<string>()];
    const take = () => Promise.resolve(taken);
    const placing = inFlight.taking(orderBy(1), { take, undo: undo.ask }, async (inHand) => {
      expect(inHand.remaining).toBe(4);
      await inHand.undo();
      return end.ask();
    });
    await everythingAsked();
    const reported = keysIn(inFlight);
    undo.answer(5);
    expect(await reported).toEqual([]);
    end.answer('limit-per-user');
    expect(await placing).toBe('limit-per-user');
  });

  it('are gone when nobody knows what the cache did', async () => {
    const inFlight = new InFlightOrders();
    const take = question<Take>();
    const placing = inFlight.taking(orderBy(1), { take: take.ask, undo: take.ask }, () =>
      Promise.reject(new Error('not asked')),
    );
    const reported = keysIn(inFlight);
    take.fail(new Error('the connection was lost'));
    await expect(placing).rejects.toThrow('the connection was lost');
    expect(await reported).toEqual([]);
  });

  it('return from before the withdrawal until the cache has their units', async () => {
    const inFlight = new InFlightOrders();
    const order = orderBy(1);
    const [withdrawn, back] = [question<boolean>(), question<number>()];
    const returning = inFlight.returning(order, withdrawn.ask, back.ask);
    expect(await keysIn(inFlight)).toEqual([`returning ${order.key}`]);
    withdrawn.answer(true);
    await everythingAsked();
    const reported = keysIn(inFlight);
    back.answer(9);
    expect(await reported).toEqual([]);
    expect(await returning).toBe(9);
  });

  it('put nothing back for an order that was withdrawn before', async () => {
    const inFlight = new InFlightOrders();
    const back = await inFlight.returning(
      orderBy(1),
      () => Promise.resolve(false),
      () => Promise.reject(new Error('not asked')),
    );
    expect(back).toBeUndefined();
  });
});
