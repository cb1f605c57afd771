import { defined } from '../../../core/assert.ts';
import { wallClockMs } from '../../../core/clock.ts';
import type {
  LedgerEntry,
  TruthOrder,
  TruthProduct,
  TruthSessions,
  TruthSnapshot,
} from '../../../history/truth.ts';
import type { PostgresStore } from '../../stores/postgres.ts';

/** What the store holds, in one transaction that sees one instant and may write nothing. */
export function readTruth(store: PostgresStore, runId: string): Promise<TruthSnapshot> {
  return store.transaction(async (tx) => {
    await tx.query('SET TRANSACTION READ ONLY');
    const products = await tx.query<TruthProduct>(
      'SELECT id, initial, stock AS remaining FROM products ORDER BY id',
    );
    const orders = await tx.query<TruthOrder>(
      `SELECT id, key, user_id AS "userId", product_id AS "productId", quantity, status
       FROM orders ORDER BY at, id`,
    );
    const ledger = await tx.query<LedgerEntry>(
      `SELECT seq, key, product_id AS "productId", delta, stock_after AS "stockAfter"
       FROM ledger ORDER BY seq`,
    );
    const sessions = await tx.query<TruthSessions>(
      `SELECT count(*)::int AS created,
         count(*) FILTER (WHERE end_reason IS NULL)::int AS alive,
         count(*) FILTER (WHERE end_reason = 'evicted')::int AS evicted,
         coalesce((SELECT max(n)::int FROM (SELECT count(*) AS n FROM sessions
           WHERE end_reason IS NULL GROUP BY user_id) per_user), 0) AS "aliveMaxPerUser"
       FROM sessions`,
    );
    return {
      schemaVersion: 1,
      runId,
      takenAtMs: wallClockMs(),
      products: products.rows,
      orders: orders.rows,
      sessions: defined(sessions.rows[0], 'the count of sessions'),
      ledger: ledger.rows,
    };
  }, 'repeatable read');
}
