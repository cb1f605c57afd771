import { defined } from '../../../core/assert.ts';
import { sleep } from '../../../core/clock.ts';
import { type PostgresQueryable, type PostgresStore, sqlStateOf } from '../../stores/postgres.ts';
import { OverloadedError } from '../errors.ts';
import type {
  Claim,
  OrderOutlook,
  OrderStore,
  OrderTransaction,
  StockMovement,
  TransactionEnd,
  TransactionMode,
  VersionedStock,
} from '../orders/order-store.ts';
import { type OrderRow, RolledBack, storedOrder } from '../orders/sql-orders.ts';

/** Serialization failure and deadlock: the server undid the transaction, so it may be run again. */
const undone = new Set(['40001', '40P01']);
const maxTries = 5;
/** Of a crowd on one row only one gets through at a time: losing is no sign of trouble. */
const serializableTriesMax = 50;

/** Columns of {@link OrderRow} from `orders o`. A withdrawal has a ledger row too: with a delta above 0. */
export const orderColumns = `o.id AS "orderId", o.key, o.user_id AS "userId",
  o.product_id AS "productId", o.quantity, o.status,
  (SELECT l.stock_after FROM ledger l WHERE l.key = o.key AND l.delta < 0 LIMIT 1) AS "stockAfter"`;

const claimSql = `
  WITH claimed AS (
    INSERT INTO orders (id, key, user_id, product_id, quantity, status)
    VALUES ($1, $2, $3, $4, $5, 'confirmed')
    ON CONFLICT (key) DO NOTHING
    RETURNING user_id, product_id, quantity),
  quota AS (
    INSERT INTO user_quota AS q (user_id, product_id, used)
    SELECT user_id, product_id, quantity FROM claimed
    WHERE $6::int IS NULL OR quantity <= $6
    ON CONFLICT (user_id, product_id) DO UPDATE SET used = q.used + excluded.used
    WHERE $6::int IS NULL OR q.used + excluded.used <= $6
    RETURNING 1)
  SELECT EXISTS (SELECT FROM claimed) AS claimed, EXISTS (SELECT FROM quota) AS quota`;

const withdrawSql = `
  WITH withdrawn AS (
    UPDATE orders SET status = 'cancelled' WHERE id = $1 AND status = 'confirmed'
    RETURNING user_id, product_id, quantity),
  quota AS (
    UPDATE user_quota q SET used = q.used - w.quantity FROM withdrawn w
    WHERE q.user_id = w.user_id AND q.product_id = w.product_id)
  SELECT EXISTS (SELECT FROM withdrawn) AS withdrawn`;

const moveSql = `
  WITH moved AS (
    UPDATE products SET stock = stock + $2::int, version = version + 1
    WHERE id = $1 AND ($2::int > 0 OR stock + $2::int >= 0) RETURNING stock)
  INSERT INTO ledger (key, product_id, delta, stock_after)
  SELECT $3, $1, $2::int, stock FROM moved
  RETURNING stock_after AS stock`;

const writeSql = `
  WITH moved AS (
    UPDATE products SET stock = $2, version = version + 1
    WHERE id = $1 AND ($5::int IS NULL OR version = $5) RETURNING stock)
  INSERT INTO ledger (key, product_id, delta, stock_after)
  SELECT $3, $1, $4::int, stock FROM moved`;

const adjustSql = `
  WITH moved AS (
    UPDATE products SET stock = stock + $2::int, version = version + 1 WHERE id = $1 RETURNING stock)
  INSERT INTO ledger (key, product_id, delta, stock_after)
  SELECT $3, $1, $2::int, stock FROM moved
  RETURNING stock_after AS stock`;

const recordSql = `
  INSERT INTO ledger (key, product_id, delta, stock_after) VALUES ($1, $2, $3, $4)`;

async function readStock(db: PostgresQueryable, productId: string): Promise<number> {
  const sql = 'SELECT stock FROM products WHERE id = $1';
  const { rows } = await db.query<{ stock: number }>(sql, [productId], 'read-stock');
  return defined(rows[0], 'the product').stock;
}

/** False when there is no such row: the product, or the version of it. */
async function writeStock(
  db: PostgresQueryable,
  { productId, key, delta }: StockMovement,
  stockAfter: number,
  version: number | null = null,
): Promise<boolean> {
  const values = [productId, stockAfter, key, delta, version];
  const { rowCount } = await db.query(writeSql, values, 'write-stock');
  return rowCount === 1;
}

/**
 * Moves the stock in one atomic step, and writes the ledger row. Returns the stock afterwards, or
 * undefined when there are not as many units as were to go.
 */
export async function moveStock(
  db: PostgresQueryable,
  { productId, delta, key }: Omit<StockMovement, 'key'> & { readonly key: string | null },
): Promise<number | undefined> {
  const { rows } = await db.query<{ stock: number }>(moveSql, [productId, delta, key], 'move');
  return rows[0]?.stock;
}

/**
 * Adds units to a product on sale in one atomic step, with a ledger row that belongs to no order.
 * The stock afterwards, or undefined when there is no such product.
 */
export function restock(
  db: PostgresQueryable,
  productId: string,
  quantity: number,
): Promise<number | undefined> {
  return moveStock(db, { productId, delta: quantity, key: null });
}

/** The steps of an order in a transaction that the caller has begun. */
export function orderTransaction(db: PostgresQueryable): OrderTransaction {
  return {
    claim: async (order, limitPerUser): Promise<Claim> => {
      const { orderId, key, userId, productId, quantity } = order;
      const { rows } = await db.query<{ claimed: boolean; quota: boolean }>(
        claimSql,
        [orderId, key, userId, productId, quantity, limitPerUser ?? null],
        'claim',
      );
      const { claimed, quota } = defined(rows[0], 'the answer to the claim');
      if (!claimed) return 'key-taken';
      return quota ? 'claimed' : 'limit-per-user';
    },
    withdraw: async ({ orderId }) => {
      const { rows } = await db.query<{ withdrawn: boolean }>(withdrawSql, [orderId], 'withdraw');
      return defined(rows[0], 'the answer to the withdrawal').withdrawn;
    },
    readStock: (productId) => readStock(db, productId),
    lockStock: async (productId) => {
      const sql = 'SELECT stock FROM products WHERE id = $1 FOR UPDATE';
      const { rows } = await db.query<{ stock: number }>(sql, [productId], 'lock-stock');
      return defined(rows[0], 'the product').stock;
    },
    writeStock: async (movement, stockAfter) => {
      await writeStock(db, movement, stockAfter);
    },
    moveStock: (movement) => moveStock(db, movement),
    readVersioned: async (productId) => {
      const sql = 'SELECT stock, version FROM products WHERE id = $1';
      const { rows } = await db.query<VersionedStock>(sql, [productId], 'read-versioned');
      return defined(rows[0], 'the product');
    },
    writeVersioned: (movement, stockAfter, version) =>
      writeStock(db, movement, stockAfter, version),
    adjustStock: async ({ productId, delta, key }) => {
      const values = [productId, delta, key];
      const { rows } = await db.query<{ stock: number }>(adjustSql, values, 'adjust-stock');
      return defined(rows[0], 'the product').stock;
    },
    recordMovement: async ({ key, productId, delta }, stockAfter) => {
      await db.query(recordSql, [key, productId, delta, stockAfter], 'record-movement');
    },
  };
}

/** Takes the lock that the transaction is to begin with; it is kept until the end. */
async function lockFirst(db: PostgresQueryable, mode: TransactionMode): Promise<void> {
  if (mode.kind === 'table-locked') {
    // Against everybody who writes, and against itself; readers go on.
    await db.query('LOCK TABLE products IN SHARE ROW EXCLUSIVE MODE', [], 'lock-table');
  } else if (mode.kind === 'advisory-locked') {
    // The schema is in the name: runs that share a server must not wait for each other.
    const sql = `SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '/' || $1, 0))`;
    await db.query(sql, [mode.name], 'advisory-lock');
  }
}

async function once<T>(
  store: PostgresStore,
  work: (tx: OrderTransaction) => Promise<TransactionEnd<T>>,
  mode: TransactionMode,
): Promise<T> {
  try {
    return await store.transaction(
      async (db) => {
        await lockFirst(db, mode);
        const { commit, value } = await work(orderTransaction(db));
        if (!commit) throw new RolledBack(value);
        return value;
      },
      mode.kind === 'serializable' ? 'serializable' : 'read committed',
    );
  } catch (error) {
    if (error instanceof RolledBack) return error.value as T;
    throw error;
  }
}

const outlookSql = `
  SELECT
    (SELECT to_jsonb(found) FROM (SELECT ${orderColumns} FROM orders o WHERE o.key = $1) found)
      AS committed,
    (SELECT stock FROM products WHERE id = $2) AS stock,
    (SELECT limit_per_user FROM products WHERE id = $2) AS "limitPerUser",
    (SELECT used FROM user_quota WHERE user_id = $3 AND product_id = $2) AS used`;

interface OutlookRow {
  readonly committed: OrderRow | null;
  readonly stock: number | null;
  readonly limitPerUser: number | null;
  readonly used: number | null;
}

/** The order store on PostgreSQL, at read committed. `store` must have the run's schema in its path. */
export function createOrderStore(store: PostgresStore): OrderStore {
  return {
    outlook: async ({ key, productId, userId }): Promise<OrderOutlook> => {
      const values = [key, productId, userId];
      const { rows } = await store.query<OutlookRow>(outlookSql, values, 'outlook');
      const { committed, stock, limitPerUser, used } = defined(rows[0], 'the outlook');
      return {
        committed: committed === null ? undefined : storedOrder(committed),
        product: stock === null ? undefined : { stock, limitPerUser: limitPerUser ?? undefined },
        used: used ?? 0,
      };
    },
    transaction: async (work, mode = { kind: 'default' }) => {
      const triesMax = mode.kind === 'serializable' ? serializableTriesMax : maxTries;
      for (let tries = 1; tries <= triesMax; tries += 1) {
        try {
          return await once(store, work, mode);
        } catch (error) {
          if (!undone.has(sqlStateOf(error) ?? '')) throw error;
          await sleep(tries);
        }
      }
      throw new OverloadedError('The order was undone by conflicts too often.');
    },
    readStock: (productId) => readStock(store, productId),
    writeStock: async (movement, stockAfter) => {
      await writeStock(store, movement, stockAfter);
    },
    moveStock: (movement) => moveStock(store, movement),
  };
}
