import { defined } from '../../../core/assert.ts';
import type { ProductContract } from '../../../history/contract.ts';
import { requireTransactionalTables } from '../../stores/check-mysql.ts';
import type { MysqlQueryable, MysqlStore } from '../../stores/mysql.ts';
import { rerun } from './rerun.ts';

/**
 * The tables of the orders, in a database of the run's own. They name no engine: what an application
 * would get of the server is what is tested. No foreign keys: their locks would hide the very races
 * that the strategies differ in. A key is the primary key, because InnoDB locks the gap before a
 * duplicate in any other unique index, and neighbours would wait for each other.
 *
 * LOCK TABLES takes its locks in the order of the tables' names. These are in the order in which every
 * transaction comes to them, so that the two cannot deadlock.
 */
const tables: Readonly<Record<string, string>> = {
  orders: `(
    order_key VARCHAR(255) NOT NULL PRIMARY KEY, id VARCHAR(128) NOT NULL,
    user_id VARCHAR(128) NOT NULL, product_id VARCHAR(128) NOT NULL, quantity INT NOT NULL,
    status VARCHAR(16) NOT NULL, at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    UNIQUE KEY (id))`,
  quotas: `(
    user_id VARCHAR(128) NOT NULL, product_id VARCHAR(128) NOT NULL, used INT NOT NULL,
    PRIMARY KEY (user_id, product_id))`,
  sale_products: `(
    id VARCHAR(128) NOT NULL PRIMARY KEY, initial INT NOT NULL, stock INT NOT NULL,
    limit_per_user INT NULL, version INT NOT NULL DEFAULT 0)`,
  stock_ledger: `(
    seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, order_key VARCHAR(255) NULL,
    product_id VARCHAR(128) NOT NULL, delta INT NOT NULL, stock_after INT NOT NULL,
    at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), KEY (order_key))`,
};

/** All tables, for statements that name them. */
export const tableNames: readonly string[] = Object.keys(tables);

/**
 * Creates the database and its tables. DDL commits as it goes in MySQL: what a failure leaves behind
 * is for {@link dropDatabase}.
 *
 * @throws {FlashsimError} STORE_REFUSED when the server keeps the tables without transactions
 */
export async function createDatabase(store: MysqlStore, database: string): Promise<void> {
  const { rows } = await store.query<{ version: string }>('SELECT VERSION() AS version');
  const isMariaDb = /mariadb/i.test(defined(rows[0], 'the version').version);
  // Ids differ in every byte: by case, by accents, and by blanks at their ends, which most collations pad.
  const collation = isMariaDb ? 'utf8mb4_nopad_bin' : 'utf8mb4_0900_bin';
  await store.query(`CREATE DATABASE ${database} CHARACTER SET utf8mb4 COLLATE ${collation}`);
  for (const [name, columns] of Object.entries(tables)) {
    await store.query(`CREATE TABLE ${database}.${name} ${columns}`);
  }
  await requireTransactionalTables(store, database);
}

/** Drops the database with everything in it, if it is there. */
export async function dropDatabase(store: MysqlStore, database: string): Promise<void> {
  await store.query(`DROP DATABASE IF EXISTS ${database}`);
}

/**
 * Forgets every order and puts the products on sale, in one transaction: TRUNCATE, which is quicker with
 * very many rows, commits by itself in MySQL.
 */
export async function resetSale(
  store: MysqlStore,
  products: readonly ProductContract[],
): Promise<void> {
  const reset = async (db: MysqlQueryable): Promise<void> => {
    for (const name of tableNames) await db.query(`DELETE FROM ${name}`);
    await insertProducts(db, products);
  };
  await rerun(() => store.transaction(reset));
}

/** Puts products on sale, beside those that are. An id that is taken is an error. */
export async function insertProducts(
  db: MysqlQueryable,
  products: readonly ProductContract[],
): Promise<void> {
  const row = '(?, ?, ?, ?)';
  await db.query(
    `INSERT INTO sale_products (id, initial, stock, limit_per_user)
     VALUES ${products.map(() => row).join(', ')}`,
    products.flatMap(({ id, stock, limitPerUser }) => [id, stock, stock, limitPerUser ?? null]),
  );
}
