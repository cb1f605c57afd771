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
}

/** What holds where a scenario says nothing. */
export const strategyDefaults: StrategySettings = {
  permits: 4,
  optimistic: { retries: 3, onExhausted: 'sold-out' },
};
