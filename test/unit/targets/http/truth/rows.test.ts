import { describe, expect, it } from 'vitest';
import {
  ordersOf,
  productsOf,
  type RowReading,
  sessionsOf,
} from '../../../../../src/targets/http/truth/rows.ts';

const reading: RowReading = {
  products: [{ id: 'shoe', stock: 5 }],
  statuses: { PAID: 'confirmed', VOID: 'cancelled' },
  userOf: undefined,
};
const two: RowReading = { ...reading, products: [...reading.products, { id: 'hat', stock: 3 }] };

describe('rows of the stock', () => {
  it('are products, with what the scenario knows of them', () => {
    expect(productsOf([{ remaining: '3' }], reading)).toEqual([
      { id: 'shoe', initial: 5, remaining: 3 },
    ]);
    const rows = [
      { product: 'hat', remaining: -1, initial: 4 },
      { product: 'other', remaining: 9 },
    ];
    expect(productsOf(rows, two)).toEqual([{ id: 'hat', initial: 4, remaining: -1 }]);
  });

  it.each([
    [{ stock: 3 }, reading, 'a row has no `remaining`; it has stock'],
    [{ remaining: 'many' }, reading, '`remaining` is no whole number'],
    [{ remaining: null }, reading, '`remaining` is no whole number'],
    [{ remaining: 1.5 }, reading, '`remaining` is no whole number'],
    [{ remaining: 3 }, two, 'a row has no `product`, and there are 2'],
  ])('%j cannot be read', (row, by, why) => {
    expect(() => productsOf([row], by)).toThrow(why);
  });
});

describe('rows of orders', () => {
  it('are orders, with what goes without saying', () => {
    expect(ordersOf([{ id: 7 }], reading)).toEqual([
      { id: '7', key: null, userId: '', productId: 'shoe', quantity: 1, status: 'confirmed' },
    ]);
    const row = { id: 'o1', key: 'k', user: 'u1', product: 'hat', quantity: '2', status: 'VOID' };
    expect(ordersOf([row], two)).toEqual([
      { id: 'o1', key: 'k', userId: 'u1', productId: 'hat', quantity: 2, status: 'cancelled' },
    ]);
  });

  it('have the time that the store gives them, if it does', () => {
    const rows = [{ id: 1, time: '2026-12-01 10:00:00' }, { id: 2, time: null }, { id: 3 }];
    const orders = ordersOf(rows, reading);
    expect(orders[0]?.createdAtMs).toBe(Date.UTC(2026, 11, 1, 10));
    expect(orders.slice(1).some((order) => 'createdAtMs' in order)).toBe(false);
  });

  it('are of who the store calls so', () => {
    const userOf = (name: string) => (name === 'a@x.org' ? 'u3' : undefined);
    const rows = [
      { id: 1, user: 'a@x.org' },
      { id: 2, user: 'stranger' },
    ];
    const users = ordersOf(rows, { ...reading, userOf }).map(({ userId }) => userId);
    expect(users).toEqual(['u3', 'stranger']);
  });

  it.each([
    [{ order: 1 }, 'a row has no `id`; it has order'],
    [{ id: 1, status: 'NEW' }, 'say in `statuses` what it means'],
    [{ id: 1, status: 'constructor' }, 'the status "constructor"'],
    [{ id: 1, quantity: 'two' }, '`quantity` is no whole number'],
    [{ id: 1, time: 'yesterday' }, 'the time "yesterday" is no instant that can be read'],
    [{ id: 1, time: 1_764_583_200_123_456 }, 'the time "1764583200123456"'],
    [{ id: 1, time: [1] }, 'the time "[ 1 ]"'],
    [{ id: 1, time: true }, 'the time "true"'],
    [{ id: 1, time: '\u001b[2J' }, 'the time "\\u001b[2J"'],
  ])('%j cannot be read', (row, why) => {
    expect(() => ordersOf([row], reading)).toThrow(why);
  });
});

describe('rows of sessions', () => {
  it('are counted, by person', () => {
    expect(sessionsOf([{ user: 'a' }, { user: 'b' }, { user: 'a' }])).toEqual({
      alive: 3,
      aliveMaxPerUser: 2,
    });
    expect(sessionsOf([{ user: 'a', alive: '4' }])).toEqual({ alive: 4, aliveMaxPerUser: 4 });
    expect(sessionsOf([])).toEqual({ alive: 0, aliveMaxPerUser: 0 });
  });

  it('need to say whose they are', () => {
    expect(() => sessionsOf([{ alive: 3 }])).toThrow('a row has no `user`');
  });
});
