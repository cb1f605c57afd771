import type { StrategyCaches } from '../cache/strategy-caches.ts';
import type { Failpoints } from '../failpoints.ts';
import type {
  OrderRequest,
  OrderStore,
  PlaceResult,
  ReleaseResult,
  StoredOrder,
} from '../orders/order-store.ts';
import type { OrderStoreName, StrategySettings } from './settings.ts';

/**
 * How the stock of a product is counted down: the part of an order server that flash sales break.
 * A strategy sees the store through {@link OrderStore} only, never a driver.
 */
export interface StockStrategy {
  /** Places the order or says why not. Throws only when nobody knows what happened. */
  place(order: OrderRequest): Promise<PlaceResult>;
  /**
   * Withdraws a committed order, exactly once however often it is asked for: the stock comes back by
   * the same way that it went. Throws only when nobody knows what happened.
   */
  release(order: StoredOrder): Promise<ReleaseResult>;
}

/** What a strategy works with: once per server process. */
export interface StrategyContext {
  readonly store: OrderStore;
  readonly settings: StrategySettings;
  readonly failpoints: Failpoints;
  readonly caches: StrategyCaches;
}

/** A strategy as the registry lists it. */
export interface StockStrategyEntry {
  /** The name it has in a scenario. */
  readonly name: string;
  /** One line, for help and docs. */
  readonly describe: string;
  /** Where its orders may be kept. */
  readonly stores: readonly OrderStoreName[];
  /** What it needs beside the database; nothing unless told. */
  readonly cache?: CacheUse;
  /** What a run under contention is expected to find. */
  readonly expected: {
    readonly oneProcess: StockVerdict;
    readonly manyProcesses: StockVerdict;
    /**
     * What becomes of units that somebody else brings, as a back office does: they are sold, they may
     * be overwritten, or they are not seen until the count is warmed up anew.
     */
    readonly restocks: 'kept' | 'lost' | 'unseen';
    /** With two processes and a fault of `flashsim matrix`, by its name; those left out do not apply. */
    readonly faults?: Readonly<Partial<Record<MatrixFaultName, StockVerdict>>>;
  };
  /** Called once per server process. */
  readonly create: (context: StrategyContext) => StockStrategy;
}

/** What can be done to a server that sells: the columns of `flashsim matrix`, defined there. */
export type MatrixFaultName =
  | 'crash-after-decrement'
  | 'crash-before-commit'
  | 'crash-after-commit'
  | 'crash-holding-lock'
  | 'pause-holding-lock'
  | 'redis-flush'
  | 'redis-flush-from-orders'
  | 'redis-flush-from-inflight'
  | 'redis-restart-aof'
  | 'database-kill'
  | 'queue-stall';

/**
 * What a strategy needs beside the database:
 * - `redis-lock`: Redis, for locks; it counts in the database.
 * - `redis`: a count in Redis. With `stockIn: 'cache'` that is the stock, and the database has orders
 *   only; with `database` the stock is there too and has the last word.
 * - `process`, `share`: a count of all units, or of a part of them, in each server process. The stock
 *   in the database follows it.
 */
export type CacheUse =
  | { readonly kind: 'redis-lock' | 'process' | 'share' }
  | { readonly kind: 'redis'; readonly stockIn: 'cache' | 'database' };

/**
 * What a strategy does under contention:
 * - `exact`: sells exactly what there is.
 * - `oversells`: may sell more.
 * - `refuses`: never sells more, but says of units that are left that they are not.
 * - `leaks`: never sells more, but loses units that nobody has.
 */
export type StockVerdict = 'exact' | 'oversells' | 'refuses' | 'leaks';
