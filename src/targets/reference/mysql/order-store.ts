import { defined } from '../../../core/assert.ts';
import {
  type MysqlFrame,
  type MysqlQueryable,
  type MysqlStore,
  mysqlFrames,
} from '../../stores/mysql.ts';
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
import { rerun } from './rerun.ts';
import { tableNames } from './schema.ts';

/**
 * Of a crowd that reads one row at SERIALIZABLE only one gets through at a time, and a restock beside it
 * is what InnoDB undoes first, because it has written least: losing is no sign of trouble.
 */
const crowdTriesMax = 50;
/** InnoDB's own default for a row, which GET_LOCK does not know. */
const namedLockTimeoutS = 50;

/** Columns of {@link OrderRow} from `orders o`. A withdrawal has a ledger row too: with a delta above 0. */
export const orderColumns = `o.id AS orderId, o.order_key AS \`key\`, o.user_id AS userId,
  o.product_id AS productId, o.quantity, o.status,
  (SELECT l.stock_after FROM stock_ledger l WHERE l.order_key = o.order_key AND l.delta < 0 LIMIT 1)
    AS stockAfter`;

/** A restock has no order's key. */
type Movement = Omit<StockMovement, 'key'> & { readonly key: string | null };

/**
 * Upserts instead of INSERTs that fail: those leave a shared lock on the duplicate, and two who wait for
 * the same key would then deadlock over it.
 */
const claimOrderSql = `
  INSERT INTO orders (order_key, id, user_id, product_id, quantity, status)
  VALUES (?, ?, ?, ?, ?, 'confirmed') ON DUPLICATE KEY UPDATE order_key = order_key`;

const claimQuotaSql = `
  INSERT INTO quotas (user_id, product_id, used) VALUES (?, ?, ?)
  ON DUPLICATE KEY UPDATE used = IF(used + ? <= ?, used + ?, used)`;

/** Where there is no limit: more than an INT column holds. */
const unlimited = 2 ** 31 - 1;

// LAST_INSERT_ID(expression) is MySQL's way to learn what an UPDATE wrote, for want of RETURNING. It is
// unsigned there, and signed again in the driver.
const adjustSql = `
  UPDATE sale_products SET stock = CAST(LAST_INSERT_ID(stock + ?) AS SIGNED), version = version + 1
  WHERE id = ?`;

const moveSql = `${adjustSql} AND (? > 0 OR stock + ? >= 0)`;

const recordSql =
  'INSERT INTO stock_ledger (order_key, product_id, delta, stock_after) VALUES (?, ?, ?, ?)';

async function recordMovement(
  db: MysqlQueryable,
  { key, productId, delta }: Movement,
  stockAfter: number,
): Promise<void> {
  await db.query(recordSql, [key, productId, delta, stockAfter]);
}

async function readStock(
  db: MysqlQueryable,
  productId: string,
  lock: '' | ' FOR UPDATE' = '',
): Promise<number> {
  const sql = `SELECT stock FROM sale_products WHERE id = ?${lock}`;
  const { rows } = await db.query<{ stock: number }>(sql, [productId]);
  return defined(rows[0], 'the product').stock;
}

async function writeStock(
  db: MysqlQueryable,
  movement: StockMovement,
  stockAfter: number,
): Promise<void> {
  const sql = 'UPDATE sale_products SET stock = ?, version = version + 1 WHERE id = ?';
  await db.query(sql, [stockAfter, movement.productId]);
  await recordMovement(db, movement, stockAfter);
}

async function writeVersioned(
  db: MysqlQueryable,
  movement: StockMovement,
  stockAfter: number,
  version: number,
): Promise<boolean> {
  const { changed } = await db.query(
    'UPDATE sale_products SET stock = ?, version = version + 1 WHERE id = ? AND version = ?',
    [stockAfter, movement.productId, version],
  );
  if (changed === 0) return false;
  await recordMovement(db, movement, stockAfter);
  return true;
}

async function moveStock(db: MysqlQueryable, movement: Movement): Promise<number | undefined> {
  const { productId, delta } = movement;
  const { changed, insertId } = await db.query(moveSql, [delta, productId, delta, delta]);
  if (changed === 0) return undefined;
  await recordMovement(db, movement, insertId);
  return insertId;
}

async function adjustStock(db: MysqlQueryable, movement: StockMovement): Promise<number> {
  const { insertId } = await db.query(adjustSql, [movement.delta, movement.productId]);
  await recordMovement(db, movement, insertId);
  return insertId;
}

/**
 * Adds units to a product on sale in one atomic step, with a ledger row that belongs to no order.
 * The stock afterwards, or undefined when there is no such product.
 */
export function restock(
  store: MysqlStore,
  productId: string,
  quantity: number,
): Promise<number | undefined> {
  return rerun(
    () => store.transaction((db) => moveStock(db, { productId, delta: quantity, key: null })),
    crowdTriesMax,
  );
}

function orderTransaction(db: MysqlQueryable): OrderTransaction {
  return {
    claim: async (order, limitPerUser = unlimited): Promise<Claim> => {
      const { orderId, key, userId, productId, quantity } = order;
      const values = [key, orderId, userId, productId, quantity];
      const claimed = await db.query(claimOrderSql, values);
      if (claimed.changed !== 1) return 'key-taken';
      if (quantity > limitPerUser) return 'limit-per-user';
      const quota = [userId, productId, quantity, quantity, limitPerUser, quantity];
      const { changed } = await db.query(claimQuotaSql, quota);
      return changed === 0 ? 'limit-per-user' : 'claimed';
    },
    withdraw: async ({ orderId, userId, productId, quantity }) => {
      const { changed } = await db.query(
        `UPDATE orders SET status = 'cancelled' WHERE id = ? AND status = 'confirmed'`,
        [orderId],
      );
      if (changed === 0) return false;
      await db.query('UPDATE quotas SET used = used - ? WHERE user_id = ? AND product_id = ?', [
        quantity,
        userId,
        productId,
      ]);
      return true;
    },
    readStock: (productId) => readStock(db, productId),
    lockStock: (productId) => readStock(db, productId, ' FOR UPDATE'),
    writeStock: (movement, stockAfter) => writeStock(db, movement, stockAfter),
    moveStock: (movement) => moveStock(db, movement),
    readVersioned: async (productId) => {
      const sql = 'SELECT stock, version FROM sale_products WHERE id = ?';
      const { rows } = await db.query<VersionedStock>(sql, [productId]);
      return defined(rows[0], 'the product');
    },
    writeVersioned: (movement, stockAfter, version) =>
      writeVersioned(db, movement, stockAfter, version),
    adjustStock: (movement) => adjustStock(db, movement),
    recordMovement: (movement, stockAfter) => recordMovement(db, movement, stockAfter),
  };
}

/**
 * The order that MySQL's manual gives for LOCK TABLES with transactions: autocommit off instead of START
 * TRANSACTION, which would release the locks, and UNLOCK TABLES after the commit, which it would imply.
 * A session may touch locked tables only, so all are; and unlike PostgreSQL's lock, this one keeps
 * readers out too.
 */
const tablesLocked: MysqlFrame = {
  begin: async (db) => {
    await db.query('SET autocommit = 0');
    await db.query(`LOCK TABLES ${tableNames.map((name) => `${name} WRITE`).join(', ')}`);
  },
  end: async (db) => {
    await db.query('UNLOCK TABLES');
    await db.query('SET autocommit = 1');
  },
};

/** GET_LOCK belongs to the session, not to the transaction: it is kept over the commit, then released. */
function nameLocked(name: string): MysqlFrame {
  // Lock names are the whole server's, and may have 64 characters: runs must not wait for each other.
  const sql = `SELECT GET_LOCK(SHA1(CONCAT(DATABASE(), '/', ?)), ?) AS locked`;
  return {
    begin: async (db) => {
      const { rows } = await db.query<{ locked: number | null }>(sql, [name, namedLockTimeoutS]);
      if (rows[0]?.locked !== 1) throw new OverloadedError('The lock was waited for too long.');
      await db.query('START TRANSACTION');
    },
    end: async (db) => {
      await db.query(`DO RELEASE_LOCK(SHA1(CONCAT(DATABASE(), '/', ?)))`, [name]);
    },
  };
}

function frameOf(mode: TransactionMode): MysqlFrame {
  switch (mode.kind) {
    case 'default':
      return mysqlFrames.readCommitted;
    case 'serializable':
      return mysqlFrames.serializable;
    case 'table-locked':
      return tablesLocked;
    case 'advisory-locked':
      return nameLocked(mode.name);
  }
}

async function once<T>(
  store: MysqlStore,
  work: (tx: OrderTransaction) => Promise<TransactionEnd<T>>,
  mode: TransactionMode,
): Promise<T> {
  try {
    return await store.transaction(async (db) => {
      const { commit, value } = await work(orderTransaction(db));
      if (!commit) throw new RolledBack(value);
      return value;
    }, frameOf(mode));
  } catch (error) {
    if (error instanceof RolledBack) return error.value as T;
    throw error;
  }
}

// One statement, and so one read view: all of it is true at the same instant.
const outlookSql = `
  SELECT ${orderColumns}, p.stock, p.limit_per_user AS limitPerUser, q.used
  FROM (SELECT 1) one
    LEFT JOIN orders o ON o.order_key = ?
    LEFT JOIN sale_products p ON p.id = ?
    LEFT JOIN quotas q ON q.user_id = ? AND q.product_id = p.id`;

interface ProductPart {
  readonly stock: number | null;
  readonly limitPerUser: number | null;
  readonly used: number | null;
}

type OutlookRow = ProductPart & (OrderRow | { readonly [K in keyof OrderRow]: null });

/** The order store on MySQL and MariaDB, at read committed. `store` must be on the run's database. */
export function createMysqlOrderStore(store: MysqlStore): OrderStore {
  return {
    outlook: async ({ key, productId, userId }): Promise<OrderOutlook> => {
      const { rows } = await store.query<OutlookRow>(outlookSql, [key, productId, userId]);
      const { stock, limitPerUser, used, ...order } = defined(rows[0], 'the outlook');
      return {
        committed: order.orderId === null ? undefined : storedOrder(order),
        product: stock === null ? undefined : { stock, limitPerUser: limitPerUser ?? undefined },
        used: used ?? 0,
      };
    },
    transaction: (work, mode = { kind: 'default' }) =>
      rerun(
        () => once(store, work, mode),
        mode.kind === 'serializable' ? crowdTriesMax : undefined,
      ),
    readStock: (productId) => readStock(store, productId),
    writeStock: (movement, stockAfter) =>
      rerun(() => store.transaction((db) => writeStock(db, movement, stockAfter))),
    moveStock: (movement) => rerun(() => store.transaction((db) => moveStock(db, movement))),
  };
}
