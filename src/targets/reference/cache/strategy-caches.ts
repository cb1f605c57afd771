import type { InFlightOrders } from './in-flight.ts';
import type { LockService } from './redis-lock.ts';
import type { StockCounter } from './stock-counter.ts';
import type { StockLoader } from './stock-loader.ts';

/** A count beside the database, and what brings it there. */
export interface CountedStock {
  readonly counter: StockCounter;
  readonly loader: StockLoader;
}

/** Where a strategy may count beside the database. Each has what it declared as its `cache`. */
export interface StrategyCaches {
  /** In Redis; undefined unless a strategy declared it. */
  readonly redis: CountedStock | undefined;
  /** In Redis as well. */
  readonly locks: LockService | undefined;
  /** In the memory of this process: of the whole stock. */
  readonly process: CountedStock;
  /** In the memory of this process: of its share. */
  readonly share: CountedStock & {
    /** Claims what has come to the stock since; the units that were added to the count. */
    readonly claimMore: (productId: string) => Promise<number>;
  };
  readonly inFlight: InFlightOrders;
}
