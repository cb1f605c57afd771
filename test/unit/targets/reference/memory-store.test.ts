import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryOrderDatabase } from '../../../../src/targets/reference/memory/order-database.ts';
import { RowLocks } from '../../../../src/targets/reference/memory/row-locks.ts';
import type { OrderDatabase } from '../../../../src/targets/reference/orders/order-database.ts';
import type {
  OrderRequest,
  OrderTransaction,
} from '../../../../src/targets/reference/orders/order-store.ts';

const order = (key: string, more: Partial<OrderRequest> = {}): OrderRequest => ({
  orderId: `order-${key}`,
  key,
  userId: 'u',
  productId: 'p',
  quantity: 1,
  ...more,
});

const taking = (key: string, quantity = 1) => ({ productId: 'p', key, delta: -quantity });

const stockOf = async (database: OrderDatabase): Promise<number | undefined> =>
  (await database.findProduct('p'))?.remaining;

describe('a transaction in memory', () => {
  it('is seen by nobody until it commits, and by itself at once', async () => {
    const database = memoryOrderDatabase([{ id: 'p', stock: 5 }]);
    await database.orders.transaction(async (tx) => {
      expect(await tx.claim(order('k'), undefined)).toBe('claimed');
      expect(await tx.moveStock(taking('k', 2))).toBe(3);
      expect(await tx.readStock('p')).toBe(3);
      expect(await database.orders.readStock('p')).toBe(5);
      expect(await database.findOrder('key', 'k', undefined)).toBeUndefined();
      return { commit: true, value: undefined };
    });
    expect(await stockOf(database)).toBe(3);
    expect(await database.findOrder('id', 'order-k', 'u')).toMatchObject({
      key: 'k',
      remaining: 3,
    });
  });

  it.each([
    ['says so', () => Promise.resolve({ commit: false as const, value: undefined })],
    ['throws', () => Promise.reject(new Error('undo it'))],
  ])('leaves nothing and lets go of its rows when its work %s', async (_how, end) => {
    const database = memoryOrderDatabase([{ id: 'p', stock: 5, limitPerUser: 1 }]);
    const before = await database.truth('r');
    const write = async (tx: OrderTransaction): Promise<void> => {
      await tx.claim(order('k'), 1);
      await tx.writeStock(taking('k'), 1);
      await tx.adjustStock(taking('k', 9));
      await tx.recordMovement(taking('k'), 7);
    };
    const undone = database.orders.transaction(async (tx) => {
      await write(tx);
      return end();
    });
    await undone.catch(() => undefined);
    expect({ ...(await database.truth('r')), takenAtMs: before.takenAtMs }).toEqual(before);
    expect((await database.orders.outlook(order('k'))).used).toBe(0);
    // Would hang if a row were still locked.
    await database.orders.transaction(async (tx) => {
      await write(tx);
      return { commit: true, value: undefined };
    });
    expect(await stockOf(database)).toBe(-8);
  });

  it('writes a row by its version only if nobody else wrote it meanwhile', async () => {
    const database = memoryOrderDatabase([{ id: 'p', stock: 5 }]);
    const results = await Promise.all(
      ['a', 'b', 'c'].map((key) =>
        database.orders.transaction(async (tx) => {
          const { stock, version } = await tx.readVersioned('p');
          const value = await tx.writeVersioned(taking(key), stock - 1, version);
          return { commit: value, value };
        }),
      ),
    );
    expect(results.filter(Boolean)).toHaveLength(1);
    expect(await stockOf(database)).toBe(4);
  });

  it('gives way at every step, so that others get between reading and writing', async () => {
    const database = memoryOrderDatabase([{ id: 'p', stock: 5 }]);
    const readThenWrite = async (key: string): Promise<void> => {
      const stock = await database.orders.readStock('p');
      await database.orders.writeStock(taking(key), stock - 1);
    };
    await Promise.all([readThenWrite('a'), readThenWrite('b')]);
    expect(await stockOf(database)).toBe(4);
    expect((await database.truth('r')).ledger).toMatchObject([
      { seq: 1, stockAfter: 4 },
      { seq: 2, stockAfter: 4 },
    ]);
  });

  it('has no transactions but read-committed ones', () => {
    const { orders } = memoryOrderDatabase([]);
    const work = () => Promise.resolve({ commit: true, value: undefined } as const);
    expect(() => orders.transaction(work, { kind: 'serializable' })).toThrow(/serializable/);
  });
});

describe('the memory of a process', () => {
  it('forgets a sale for the next one, whoever is still working on the old one', async () => {
    const database = memoryOrderDatabase([{ id: 'p', stock: 5 }]);
    await database.orders.transaction(async (tx) => {
      await tx.claim(order('k'), undefined);
      await database.reset([{ id: 'p', stock: 9 }]);
      return { commit: true, value: undefined };
    });
    expect(await database.truth('r')).toMatchObject({
      products: [{ id: 'p', initial: 9, remaining: 9 }],
      orders: [],
    });
    await expect(database.insertProducts([{ id: 'p', stock: 1 }])).rejects.toThrow(/new/);
  });
});

describe('locks of rows', () => {
  it('let one holder in at a time, in the order in which they came', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('x', 'y'), { maxLength: 20 }), async (rows) => {
        const locks = new RowLocks();
        const inside = new Map<string, number>();
        const served: number[] = [];
        await Promise.all(
          rows.map(async (row, index) => {
            const holder = {};
            await locks.acquire(row, holder);
            await locks.acquire(row, holder);
            expect(inside.get(row) ?? 0).toBe(0);
            inside.set(row, 1);
            await Promise.resolve();
            served.push(index);
            inside.set(row, 0);
            locks.release([row]);
          }),
        );
        for (const row of ['x', 'y']) {
          const of = (indexes: readonly number[]) => indexes.filter((index) => rows[index] === row);
          expect(of(served)).toEqual(of(rows.map((_, index) => index)));
        }
      }),
    );
  });
});
