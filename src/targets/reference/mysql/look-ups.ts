import type { MysqlStore } from '../../stores/mysql.ts';
import type { ProductPage } from '../orders/order-database.ts';
import type { StoredOrder } from '../orders/order-store.ts';
import { type OrderRow, storedOrder } from '../orders/sql-orders.ts';
import { orderColumns } from './order-store.ts';

const columns = { id: 'o.id', key: 'o.order_key' } as const;

/**
 * A committed order by its id or its key; undefined when there is none. Nothing is ever queued here.
 *
 * @param userId whose order alone is looked for; undefined for anybody's
 */
export async function findOrder(
  store: MysqlStore,
  by: 'id' | 'key',
  value: string,
  userId: string | undefined,
): Promise<StoredOrder | undefined> {
  const { rows } = await store.query<OrderRow>(
    `SELECT ${orderColumns} FROM orders o WHERE ${columns[by]} = ? AND (? IS NULL OR o.user_id = ?)`,
    [value, userId ?? null, userId ?? null],
  );
  const [row] = rows;
  return row === undefined ? undefined : storedOrder(row);
}

/** The product as committed now, or undefined. */
export async function findProduct(
  store: MysqlStore,
  productId: string,
): Promise<ProductPage | undefined> {
  const { rows } = await store.query<ProductPage>(
    'SELECT id, stock AS remaining, limit_per_user AS limitPerUser FROM sale_products WHERE id = ?',
    [productId],
  );
  return rows[0];
}
