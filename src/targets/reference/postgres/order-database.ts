import { isConnectionLost, type PostgresStore } from '../../stores/postgres.ts';
import { CommitUnknownError } from '../../stores/transaction-errors.ts';
import type { OrderDatabase } from '../orders/order-database.ts';
import { findOrder, findProduct } from './look-ups.ts';
import { createOrderStore, restock } from './order-store.ts';
import { insertProducts, resetSale } from './schema.ts';
import { readOrders } from './truth.ts';

/**
 * Orders on PostgreSQL, in the schema that `store` was opened with and that is there already, sessions
 * and queue beside them. `store` belongs to the caller, who closes it.
 */
export function postgresOrderDatabase(store: PostgresStore): OrderDatabase {
  return {
    orders: createOrderStore(store),
    // The schema is one for all that PostgreSQL keeps of a run: see schema.ts.
    create: (products) => resetSale(store, products),
    drop: () => Promise.resolve(),
    reset: (products) => resetSale(store, products),
    insertProducts: (products) => insertProducts(store, products),
    restock: (productId, quantity) => restock(store, productId, quantity),
    findOrder: (by, value, userId) => findOrder(store, by, value, userId),
    findProduct: (productId) => findProduct(store, productId),
    truth: (runId, scope) => readOrders(store, runId, scope),
    isOutcomeUnknown: (error) => error instanceof CommitUnknownError || isConnectionLost(error),
    close: () => Promise.resolve(),
  };
}
