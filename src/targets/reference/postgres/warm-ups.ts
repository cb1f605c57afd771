import type { PostgresStore } from '../../stores/postgres.ts';

/**
 * Which products were warmed up: for all processes, and beyond what a cache remembers. One that lost
 * everything must not be taken for one that was never filled.
 */
export interface WarmUpBook {
  isWarm(productId: string): Promise<boolean>;
  noteWarm(productId: string): Promise<void>;
}

/** The book in PostgreSQL. */
export function createWarmUpBook(store: PostgresStore): WarmUpBook {
  return {
    isWarm: async (productId) => {
      const sql = 'SELECT FROM warm_ups WHERE product_id = $1';
      const { rowCount } = await store.query(sql, [productId], 'is-warm');
      return rowCount > 0;
    },
    noteWarm: async (productId) => {
      const sql = 'INSERT INTO warm_ups (product_id) VALUES ($1) ON CONFLICT DO NOTHING';
      await store.query(sql, [productId], 'note-warm');
    },
  };
}
