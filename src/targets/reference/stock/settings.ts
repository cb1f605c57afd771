/** Where orders can be kept, by the name it has in a scenario. */
export const orderStoreNames = ['postgres', 'mysql', 'memory'] as const;

export type OrderStoreName = (typeof orderStoreNames)[number];

/** Stores that have what SQL databases have: row and table locks, named locks, isolation levels. */
export const sqlStoreNames = ['postgres', 'mysql'] as const satisfies readonly OrderStoreName[];

/** Settings of single strategies. */
export interface StrategySettings {
  /** `semaphore`: requests of one process that are let in at once, per product. */
  readonly permits: number;
  /** `optimistic-version`: tries after the first, and what is answered when all have failed. */
  readonly optimistic: {
    readonly retries: number;
    readonly onExhausted: 'sold-out' | 'overloaded';
  };
  readonly lock: LockSettings;
}

/** `redis-lock`, `redis-lock-guarded`: how the lock is taken and given back. */
export interface LockSettings {
  /** How long it lives when nobody opens it, in milliseconds; above 0. */
  readonly ttlMs: number;
  /** Whether only the holder's token opens it; else whoever comes to the end of its work does. */
  readonly token: boolean;
}

/**
 * When the counts of caches are loaded:
 * - `none`: when the first request misses one.
 * - `manual`: when somebody says so. Until then nothing is for sale.
 * - `scheduled`: so long before the opening, in milliseconds. Until then nothing is for sale.
 */
export type WarmUpSetting =
  | { readonly kind: 'none' | 'manual' }
  | { readonly kind: 'scheduled'; readonly leadMs: number };

/** What holds where a scenario says nothing. */
export const strategyDefaults: StrategySettings = {
  permits: 4,
  optimistic: { retries: 3, onExhausted: 'sold-out' },
  lock: { ttlMs: 5_000, token: true },
};
