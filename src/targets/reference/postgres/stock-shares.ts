import { defined } from '../../../core/assert.ts';
import type { PostgresStore } from '../../stores/postgres.ts';

/** What a share is cut for. */
interface ShareClaim {
  readonly productId: string;
  /** Which server process claims, from 1; one that replaces another has its number. */
  readonly instance: number;
  /** Server processes that share. */
  readonly count: number;
}

/**
 * Who has which part of a product's stock. What was claimed stays claimed, also when the process that
 * has it dies: the table cannot know how much of it was sold.
 */
export interface StockShares {
  /**
   * Claims what is due to the process and still to be had: an equal part of all that the sale has had,
   * less what its number has claimed before. Undefined when nobody told the supply yet.
   */
  claim(
    claim: ShareClaim,
  ): Promise<{ readonly units: number; readonly supply: number } | undefined>;
  /** Tells how many units the sale has had, restocks included. Only ever grows. */
  supply(productId: string, supply: number): Promise<void>;
  /** Units that nobody has claimed; undefined when nobody told the supply yet. */
  unclaimed(productId: string): Promise<number | undefined>;
}

const claimSql = `
  WITH due AS (
    SELECT supply, supply / $3::int + CASE WHEN $2::int <= supply % $3::int THEN 1 ELSE 0 END
      - (SELECT coalesce(sum(units), 0) FROM stock_shares
         WHERE product_id = $1 AND instance = $2)::int AS units
    FROM stock_pools WHERE product_id = $1),
  share AS (
    INSERT INTO stock_shares (product_id, instance, units)
    SELECT $1, $2, units FROM due WHERE units > 0 RETURNING units)
  SELECT supply, coalesce((SELECT units FROM share), 0) AS units FROM due`;

const supplySql = `
  INSERT INTO stock_pools AS p (product_id, supply) VALUES ($1, $2)
  ON CONFLICT (product_id) DO UPDATE SET supply = greatest(p.supply, excluded.supply)`;

const unclaimedSql = `
  SELECT supply - (SELECT coalesce(sum(units), 0) FROM stock_shares WHERE product_id = $1)::int
    AS units FROM stock_pools WHERE product_id = $1`;

/** The shares in PostgreSQL, wherever the orders are. */
export function createStockShares(store: PostgresStore): StockShares {
  return {
    claim: ({ productId, instance, count }) =>
      store.transaction(async (tx) => {
        // The lock comes before the sum: a statement sees what was committed when it began.
        const lock = 'SELECT FROM stock_pools WHERE product_id = $1 FOR UPDATE';
        const { rowCount } = await tx.query(lock, [productId], 'lock-pool');
        if (rowCount === 0) return undefined;
        const { rows } = await tx.query<{ units: number; supply: number }>(
          claimSql,
          [productId, instance, count],
          'claim-share',
        );
        return defined(rows[0], 'the answer to the claim');
      }),
    supply: async (productId, supply) => {
      await store.query(supplySql, [productId, supply], 'tell-supply');
    },
    unclaimed: async (productId) => {
      const { rows } = await store.query<{ units: number }>(unclaimedSql, [productId], 'unclaimed');
      return rows[0]?.units;
    },
  };
}
