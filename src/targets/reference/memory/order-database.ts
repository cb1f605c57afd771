import type { ProductContract } from '../../../history/contract.ts';
import type { OrderDatabase } from '../orders/order-database.ts';
import { createMemoryOrderStore, restock } from './order-store.ts';
import { MemoryTables } from './tables.ts';

function tablesWith(products: readonly ProductContract[]): MemoryTables {
  const tables = new MemoryTables();
  tables.insertProducts(products);
  return tables;
}

/**
 * Orders in the memory of this one process, and gone with it. A process that takes its place begins as
 * this one did: with the products, and without a single order.
 */
export function memoryOrderDatabase(products: readonly ProductContract[]): OrderDatabase {
  let tables = tablesWith(products);
  const set = (next: readonly ProductContract[]): Promise<void> => {
    // What is under way goes on with the old tables, and is forgotten with them.
    tables = tablesWith(next);
    return Promise.resolve();
  };
  return {
    orders: createMemoryOrderStore(() => tables),
    create: set,
    drop: () => set([]),
    reset: set,
    insertProducts: (more) =>
      new Promise((resolve) => {
        tables.insertProducts(more);
        resolve();
      }),
    restock: (productId, quantity) => restock(tables, productId, quantity),
    findOrder: (by, value, userId) => {
      const found = by === 'id' ? tables.orderById(value) : tables.orderByKey(value);
      const isMeant = userId === undefined || found?.userId === userId;
      return Promise.resolve(isMeant ? found : undefined);
    },
    findProduct: (productId) => {
      const product = tables.product(productId);
      if (product === undefined) return Promise.resolve(undefined);
      const { id, stock, limitPerUser } = product;
      return Promise.resolve({ id, remaining: stock, limitPerUser: limitPerUser ?? null });
    },
    truth: (runId, scope) => Promise.resolve(tables.truth(runId, scope)),
    // All of it is one step in one process: who hears of an error knows what happened.
    isOutcomeUnknown: () => false,
    close: () => Promise.resolve(),
  };
}
