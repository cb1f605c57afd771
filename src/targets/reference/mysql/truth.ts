import { wallClockMs } from '../../../core/clock.ts';
import type { LedgerEntry, TruthOrder, TruthProduct } from '../../../history/truth.ts';
import { type MysqlStore, mysqlFrames } from '../../stores/mysql.ts';
import { controlProductId } from '../control-product.ts';
import type { OrderTruth, TruthScope } from '../orders/order-database.ts';

/** What the store holds of products and orders, as of one instant. */
export function readOrders(
  store: MysqlStore,
  runId: string,
  scope: TruthScope = 'sale',
): Promise<OrderTruth> {
  const isControl = scope === 'control' ? '=' : '<>';
  const values = [controlProductId];
  return store.transaction(async (db) => {
    // In the order in which a sale that takes locks comes to the tables: see schema.ts.
    const orders = await db.query<TruthOrder>(
      `SELECT id, order_key AS \`key\`, user_id AS userId, product_id AS productId, quantity, status,
         CAST(FLOOR(UNIX_TIMESTAMP(at) * 1000) AS SIGNED) AS createdAtMs
       FROM orders WHERE product_id ${isControl} ? ORDER BY at, id`,
      values,
    );
    const products = await db.query<TruthProduct>(
      `SELECT id, initial, stock AS remaining FROM sale_products WHERE id ${isControl} ? ORDER BY id`,
      values,
    );
    const ledger = await db.query<LedgerEntry>(
      `SELECT seq, order_key AS \`key\`, product_id AS productId, delta, stock_after AS stockAfter
       FROM stock_ledger WHERE product_id ${isControl} ? ORDER BY seq`,
      values,
    );
    return {
      schemaVersion: 1,
      runId,
      takenAtMs: wallClockMs(),
      products: products.rows,
      orders: orders.rows,
      ledger: ledger.rows,
    };
  }, mysqlFrames.snapshot);
}
