import type {
  OrderRequest,
  OrderStore,
  PlaceResult,
  ReleaseResult,
  StoredOrder,
} from '../orders/order-store.ts';

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

/** A strategy as the registry lists it. */
export interface StockStrategyEntry {
  /** The name it has in a scenario. */
  readonly name: string;
  /** One line, for help and docs. */
  readonly describe: string;
  /** What a run under contention is expected to find. */
  readonly expected: {
    readonly oneProcess: StockVerdict;
    readonly manyProcesses: StockVerdict;
  };
  /** Called once per server process. */
  readonly create: (store: OrderStore) => StockStrategy;
}

/** What a strategy does under contention: sells exactly what there is, or more. */
type StockVerdict = 'exact' | 'oversells';
