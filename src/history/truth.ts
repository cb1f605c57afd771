/**
 * What a store held after the run, as the target's `truth()` read it: one consistent snapshot
 * (REPEATABLE READ where the store has it). Written to `truth.json`; `ledger` goes to
 * `ledger.parquet`.
 */
export interface TruthSnapshot {
  readonly schemaVersion: 1;
  /** The run that this belongs to: a snapshot of another run is refused by the audit. */
  readonly runId: string;
  /** Wall clock, ms since 1970. */
  readonly takenAtMs: number;
  readonly products: readonly TruthProduct[];
  readonly orders: readonly TruthOrder[];
  readonly sessions?: TruthSessions;
  /** Of a rate limiter that lets requests through when its store cannot be asked. */
  readonly limiter?: { readonly failedOpen: number };
  /** Absent when the store keeps none (evidence tier T2); then I12 cannot be judged. */
  readonly ledger?: readonly LedgerEntry[];
}

/** The stock of one product as the store holds it, in units. */
export interface TruthProduct {
  readonly id: string;
  /** Units the sale started with. */
  readonly initial: number;
  /** Units the store says are left: the number that the strategy counts down. */
  readonly remaining: number;
  /**
   * Units that a cache has of it, where one stands before the store or counts in its place; null when
   * the cache has lost it, or never had it.
   */
  readonly cached?: number | null;
  /**
   * False when the stock is counted elsewhere than the ledger is kept: its rows are then not in the order
   * in which the stock moved, and movements that were taken back at once are missing, so that nothing
   * follows from a row's `stockAfter`.
   */
  readonly ledgerOrdered?: boolean;
}

/** One committed order row. */
export interface TruthOrder {
  readonly id: string;
  /** Idempotency key; null for an order made without one. */
  readonly key: string | null;
  /** Empty when the store does not say whose it is. */
  readonly userId: string;
  readonly productId: string;
  readonly quantity: number;
  /** `confirmed` counts as sold; `cancelled` does not. */
  readonly status: 'confirmed' | 'cancelled' | 'pending';
  /**
   * When it was made by the clock of whoever wrote it, ms since 1970; left out when the store does not
   * say. That clock may be off: see audit/order-times.ts.
   */
  readonly createdAtMs?: number;
}

/** Counts only: tokens never leave the server. */
export interface TruthSessions {
  /** Left out when the store does not keep count. */
  readonly created?: number;
  readonly alive: number;
  /** Left out when the store does not keep count. */
  readonly evicted?: number;
  /** Largest number of live sessions of one user. */
  readonly aliveMaxPerUser: number;
}

/** One movement of stock, written in the transaction that moved it. */
export interface LedgerEntry {
  /** Position in the store's own order. */
  readonly seq: number;
  readonly key: string | null;
  readonly productId: string;
  /** Units added (positive) or taken (negative). */
  readonly delta: number;
  /** What the writer believed the stock to be afterwards. */
  readonly stockAfter: number;
}
