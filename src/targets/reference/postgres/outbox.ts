import type { PostgresQueryable, PostgresStore } from '../../stores/postgres.ts';
import type { Failpoints } from '../failpoints.ts';
import type { Claim } from '../orders/order-store.ts';
import type { Outbox } from '../orders/outbox.ts';
import { taken } from '../stock/place-order.ts';
import { moveStock, orderTransaction } from './order-store.ts';

/** An order younger than this is probably just being published. */
const reconcileAfterMs = 1_000;

const acceptSql = `
  INSERT INTO order_outbox (id, key, user_id, product_id, quantity) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (key) DO NOTHING`;

const reconcileSql = `
  INSERT INTO order_queue (id, key, user_id, product_id, quantity)
  SELECT id, key, user_id, product_id, quantity FROM order_outbox o
  WHERE at < clock_timestamp() - make_interval(secs => $1)
    AND NOT EXISTS (SELECT FROM order_queue q WHERE q.key = o.key AND q.status = 'pending')
  ON CONFLICT (key) WHERE status <> 'rejected' DO NOTHING`;

/** Carries the answer out of a transaction that is undone. */
class Refused extends Error {
  readonly answer: 'key-taken' | 'sold-out';

  constructor(answer: 'key-taken' | 'sold-out') {
    super(answer);
    this.answer = answer;
  }
}

/** The connections that an outbox uses, so that none of its users waits for another. */
export interface OutboxStores {
  readonly requests: PostgresStore;
  readonly deciding: PostgresStore;
  readonly publishing: PostgresStore;
}

/** The outbox on PostgreSQL, beside the stock and the orders. */
export function createOutbox(stores: OutboxStores, failpoints: Failpoints): Outbox {
  return {
    accept: async (order) => {
      try {
        return await stores.requests.transaction(async (tx): Promise<'accepted'> => {
          const { orderId, key, userId, productId, quantity } = order;
          const values = [orderId, key, userId, productId, quantity];
          const { rowCount } = await tx.query(acceptSql, values, 'accept');
          // In a statement of its own: it sees what was committed while the other one waited.
          if (rowCount === 0 || (await hasOrder(tx, key))) throw new Refused('key-taken');
          const remaining = await moveStock(tx, taken(order));
          if (remaining === undefined) throw new Refused('sold-out');
          await failpoints.reach('after-decrement');
          await failpoints.reach('before-commit');
          return 'accepted';
        });
      } catch (error) {
        if (error instanceof Refused) return error.answer;
        throw error;
      }
    },
    conclude: (order, limitPerUser) =>
      stores.deciding.transaction(async (tx): Promise<Claim> => {
        const struck = await tx.query('DELETE FROM order_outbox WHERE id = $1', [order.orderId]);
        // Concluded before, and not told: either there is an order, or the limit was the reason.
        if (struck.rowCount === 0) {
          return (await hasOrder(tx, order.key)) ? 'key-taken' : 'limit-per-user';
        }
        const claim = await orderTransaction(tx).claim(order, limitPerUser);
        if (claim !== 'claimed') {
          await tx.query('DELETE FROM orders WHERE id = $1', [order.orderId]);
          await moveStock(tx, { ...taken(order), delta: order.quantity });
        }
        await failpoints.reach('before-commit');
        return claim;
      }),
    reconcile: async () => {
      await stores.publishing.query(reconcileSql, [reconcileAfterMs / 1000], 'reconcile');
    },
  };
}

async function hasOrder(tx: PostgresQueryable, key: string): Promise<boolean> {
  const { rowCount } = await tx.query('SELECT 1 FROM orders WHERE key = $1', [key], 'has-order');
  return rowCount > 0;
}
