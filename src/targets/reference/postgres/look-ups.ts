import type { PostgresStore } from '../../stores/postgres.ts';
import type { ProductPage } from '../orders/order-database.ts';
import type { FoundOrder, OrderRequest } from '../orders/order-store.ts';
import { type OrderRow, storedOrder } from '../orders/sql-orders.ts';
import { orderColumns } from './order-store.ts';

type FoundRow =
  | (OrderRow & { readonly code: null })
  | (OrderRequest & { readonly status: 'pending'; readonly code: null })
  | (OrderRequest & { readonly status: 'rejected'; readonly code: string });

/** A committed or accepted order comes before the queue's entry for it, and a new entry before older ones. */
const findSqlBy = (column: 'id' | 'key'): string => `
  SELECT * FROM (
    SELECT ${orderColumns}, NULL AS code, NULL::bigint AS seq FROM orders o
    WHERE o.${column} = $1
    UNION ALL
    SELECT id, key, user_id, product_id, quantity, status, NULL, code, seq FROM order_queue
    WHERE ${column} = $1 AND status <> 'done'
    UNION ALL
    SELECT id, key, user_id, product_id, quantity, 'pending', NULL, NULL, NULL FROM order_outbox
    WHERE ${column} = $1) found
  WHERE $2::text IS NULL OR found."userId" = $2
  ORDER BY seq DESC NULLS FIRST LIMIT 1`;

const findSql = { id: findSqlBy('id'), key: findSqlBy('key') } as const;

/**
 * An order by its id or its key, committed or queued, as of one instant; undefined when there is none.
 *
 * @param userId whose order alone is looked for; undefined for anybody's
 */
export async function findOrder(
  store: PostgresStore,
  by: 'id' | 'key',
  value: string,
  userId: string | undefined,
): Promise<FoundOrder | undefined> {
  const values = [value, userId ?? null];
  const { rows } = await store.query<FoundRow>(findSql[by], values, `find-order-by-${by}`);
  const [row] = rows;
  if (row === undefined) return undefined;
  if (row.status === 'pending' || row.status === 'rejected') return row;
  return storedOrder(row);
}

/** The product as committed now, or undefined. */
export async function findProduct(
  store: PostgresStore,
  productId: string,
): Promise<ProductPage | undefined> {
  const { rows } = await store.query<ProductPage>(
    `SELECT id, stock AS remaining, limit_per_user AS "limitPerUser" FROM products WHERE id = $1`,
    [productId],
    'find-product',
  );
  return rows[0];
}
