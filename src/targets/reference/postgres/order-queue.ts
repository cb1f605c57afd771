import { defined } from '../../../core/assert.ts';
import type { PostgresQueryable, PostgresStore } from '../../stores/postgres.ts';
import type { OrderRequest } from '../orders/order-store.ts';

/** `queued`, or why not: the key has an entry that is not rejected, or there is no such product. */
type Enqueued = 'queued' | 'key-taken' | 'unknown-product';

/** How an order of the queue was decided. */
export type Decision =
  /** Its order is committed. */
  { readonly status: 'done' } | { readonly status: 'rejected'; readonly code: string };

/** Orders that were accepted and wait to be decided: in the database, so that no crash loses one. */
export interface OrderQueue {
  /** Puts the order at the end, in one statement. */
  enqueue(order: OrderRequest): Promise<Enqueued>;
  /**
   * Takes the oldest entries that nobody works on and has `decide` work on them one after the other.
   * They are locked until their ends are recorded; when this process dies meanwhile, the locks go with
   * its connection and the next one in any process takes them up again. `decide` must therefore do
   * nothing twice for one key. An entry for which it returns undefined stays for another turn.
   *
   * @param entriesMax entries to take, 1 or more
   * @returns how many were decided
   */
  turn(
    entriesMax: number,
    decide: (order: OrderRequest) => Promise<Decision | undefined>,
  ): Promise<number>;
}

const enqueueSql = `
  WITH entered AS (
    INSERT INTO order_queue (id, key, user_id, product_id, quantity)
    SELECT $1, $2, $3, $4, $5 FROM products WHERE id = $4
    ON CONFLICT (key) WHERE status <> 'rejected' DO NOTHING
    RETURNING 1)
  SELECT EXISTS (SELECT FROM entered) AS entered,
    EXISTS (SELECT FROM products WHERE id = $4) AS known`;

const takeSql = `
  SELECT seq, id AS "orderId", key, user_id AS "userId", product_id AS "productId", quantity
  FROM order_queue WHERE status = 'pending' ORDER BY seq LIMIT $1 FOR UPDATE SKIP LOCKED`;

const decideSql = `
  UPDATE order_queue q SET status = d.status, code = d.code
  FROM unnest($1::bigint[], $2::text[], $3::text[]) AS d (seq, status, code) WHERE q.seq = d.seq`;

/**
 * The queue on PostgreSQL.
 *
 * @param store what requests use
 * @param holder what turns use: each holds a connection while it works, and the work needs another
 */
export function createOrderQueue(store: PostgresStore, holder: PostgresStore): OrderQueue {
  return {
    enqueue: async ({ orderId, key, userId, productId, quantity }) => {
      const { rows } = await store.query<{ entered: boolean; known: boolean }>(
        enqueueSql,
        [orderId, key, userId, productId, quantity],
        'enqueue',
      );
      const { entered, known } = defined(rows[0], 'the answer of the queue');
      if (entered) return 'queued';
      return known ? 'key-taken' : 'unknown-product';
    },
    turn: (entriesMax, decide) =>
      holder.transaction(async (tx) => {
        const { rows } = await tx.query<OrderRequest & { seq: number }>(
          takeSql,
          [entriesMax],
          'take-queued',
        );
        const decided: (readonly [seq: number, decision: Decision])[] = [];
        for (const { seq, ...order } of rows) {
          const decision = await decide(order);
          if (decision !== undefined) decided.push([seq, decision]);
        }
        if (decided.length > 0) await record(tx, decided);
        return decided.length;
      }),
  };
}

async function record(
  tx: PostgresQueryable,
  decided: readonly (readonly [seq: number, decision: Decision])[],
): Promise<void> {
  const values = [
    decided.map(([seq]) => seq),
    decided.map(([, { status }]) => status),
    decided.map(([, decision]) => (decision.status === 'rejected' ? decision.code : null)),
  ];
  await tx.query(decideSql, values, 'decide-queued');
}

/** Orders that are not decided yet: queued, being worked on, or accepted and not in the queue. */
export async function queueDepth(db: PostgresQueryable): Promise<number> {
  const { rows } = await db.query<{ depth: number }>(
    `SELECT count(*) AS depth FROM (
       SELECT key FROM order_queue WHERE status = 'pending'
       UNION SELECT key FROM order_outbox) undecided`,
    [],
    'queue-depth',
  );
  return defined(rows[0], 'the depth of the queue').depth;
}

/**
 * Until the end of the transaction nobody else writes to the queue. What they send waits, and takes
 * effect afterwards, whoever has given it up meanwhile.
 */
export async function lockQueue(tx: PostgresQueryable): Promise<void> {
  await tx.query('LOCK TABLE order_queue IN SHARE ROW EXCLUSIVE MODE');
}
