import { isMysqlConnectionLost, type MysqlOptions, openMysql } from '../../stores/mysql.ts';
import type { MysqlConnection } from '../../stores/mysql-url.ts';
import { CommitUnknownError } from '../../stores/transaction-errors.ts';
import type { OrderDatabase } from '../orders/order-database.ts';
import { findOrder, findProduct } from './look-ups.ts';
import { createMysqlOrderStore, restock } from './order-store.ts';
import { createDatabase, dropDatabase, insertProducts, resetSale } from './schema.ts';
import { readOrders } from './truth.ts';

/** Where the orders of a run are. Plain, because it crosses process borders. */
export interface MysqlOrdersSpec {
  readonly connection: MysqlConnection;
  /** Of the run's own. */
  readonly database: string;
}

/** Orders on MySQL or MariaDB, in a database that `create` makes. Connects at the first use. */
export function mysqlOrderDatabase(
  { connection, database }: MysqlOrdersSpec,
  options: Pick<MysqlOptions, 'poolMax' | 'applicationName'> = {},
): OrderDatabase {
  const store = openMysql(connection, { ...options, database });
  // Outside of the database, which is not there before `create` nor after `drop`.
  const outside = openMysql(connection, { ...options, poolMax: 1 });
  return {
    orders: createMysqlOrderStore(store),
    create: async (products) => {
      await createDatabase(outside, database);
      await insertProducts(store, products);
    },
    drop: () => dropDatabase(outside, database),
    reset: (products) => resetSale(store, products),
    insertProducts: (products) => insertProducts(store, products),
    restock: (productId, quantity) => restock(store, productId, quantity),
    findOrder: (by, value, userId) => findOrder(store, by, value, userId),
    findProduct: (productId) => findProduct(store, productId),
    truth: (runId, scope) => readOrders(store, runId, scope),
    isOutcomeUnknown: (error) =>
      error instanceof CommitUnknownError || isMysqlConnectionLost(error),
    close: async () => {
      await Promise.all([store.close(), outside.close()]);
    },
  };
}
