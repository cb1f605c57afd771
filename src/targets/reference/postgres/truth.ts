import { wallClockMs } from '../../../core/clock.ts';
import type { LedgerEntry, TruthOrder, TruthProduct } from '../../../history/truth.ts';
import type { PostgresStore } from '../../stores/postgres.ts';
import { controlProductId } from '../control-product.ts';
import type { OrderTruth, TruthScope } from '../orders/order-database.ts';

const orderColumns = `id, key, user_id AS "userId", product_id AS "productId", quantity, status`;

/**
 * What the store holds of products and orders, in one transaction that sees one instant and may write
 * nothing. Queued orders that are not decided are `pending`.
 */
export function readOrders(
  store: PostgresStore,
  runId: string,
  scope: TruthScope = 'sale',
): Promise<OrderTruth> {
  const values = [controlProductId, scope === 'control'];
  return store.transaction(async (tx) => {
    await tx.query('SET TRANSACTION READ ONLY');
    // In the order in which a new sale locks the tables; else each would wait for the other.
    const queued = await tx.query<TruthOrder>(
      `SELECT ${orderColumns} FROM (
         SELECT id, key, user_id, product_id, quantity, status FROM order_queue q
         WHERE status = 'pending' AND NOT EXISTS (SELECT FROM orders o WHERE o.key = q.key)
         UNION
         SELECT id, key, user_id, product_id, quantity, 'pending' FROM order_outbox) undecided
       WHERE (product_id = $1) = $2 ORDER BY key`,
      values,
    );
    const products = await tx.query<TruthProduct>(
      'SELECT id, initial, stock AS remaining FROM products WHERE (id = $1) = $2 ORDER BY id',
      values,
    );
    const orders = await tx.query<TruthOrder>(
      `SELECT ${orderColumns}, floor(extract(epoch FROM at) * 1000)::bigint AS "createdAtMs"
       FROM orders WHERE (product_id = $1) = $2 ORDER BY at, id`,
      values,
    );
    const ledger = await tx.query<LedgerEntry>(
      `SELECT seq, key, product_id AS "productId", delta, stock_after AS "stockAfter"
       FROM ledger WHERE (product_id = $1) = $2 ORDER BY seq`,
      values,
    );
    return {
      schemaVersion: 1,
      runId,
      takenAtMs: wallClockMs(),
      products: products.rows,
      orders: [...orders.rows, ...queued.rows],
      ledger: ledger.rows,
    };
  }, 'repeatable read');
}
