/**
 * The port between the stock strategies and a store. Steps are named for what they mean, so that a
 * store that is no SQL database can offer them too.
 */

/** An order that passed the door and the opening time. */
export interface OrderRequest {
  readonly orderId: string;
  /** Idempotency key as the client sent it. */
  readonly key: string;
  readonly userId: string;
  readonly productId: string;
  /** Units, at least 1. */
  readonly quantity: number;
}

/** A committed order. */
export interface StoredOrder {
  readonly orderId: string;
  readonly key: string;
  readonly userId: string;
  readonly productId: string;
  readonly quantity: number;
  readonly status: 'confirmed' | 'cancelled';
  /** Stock after this order, as its ledger row has it; undefined when there is none (yet). */
  readonly remaining: number | undefined;
}

/** An order as a look-up finds it: committed, or queued and not (yet) committed. */
export type FoundOrder =
  | StoredOrder
  | (OrderRequest & { readonly status: 'pending' })
  | (OrderRequest & {
      readonly status: 'rejected';
      /** Why it was decided against, such as `sold-out`. */
      readonly code: string;
    });

/** Units that come or go on account of an order. */
export interface StockMovement {
  readonly productId: string;
  /** Key of the order. */
  readonly key: string;
  /** Units that come (positive) or go (negative). */
  readonly delta: number;
}

/** What became of an order. */
export type PlaceResult =
  | { readonly kind: 'placed'; readonly orderId: string; readonly remaining: number }
  /** The key's order was committed before: the same answer again. */
  | { readonly kind: 'replayed'; readonly order: StoredOrder }
  | { readonly kind: 'sold-out' }
  | { readonly kind: 'limit-per-user' }
  | { readonly kind: 'key-reuse' }
  | { readonly kind: 'in-progress' }
  | { readonly kind: 'unknown-product' };

/** What became of a withdrawal. */
export type ReleaseResult =
  | { readonly kind: 'released'; readonly remaining: number }
  /** It was withdrawn before: nothing was moved. */
  | { readonly kind: 'already-released' };

/** Committed facts about an order to be, true at one instant within the call. */
export interface OrderOutlook {
  /** The order committed under this key, whoever made it. */
  readonly committed: StoredOrder | undefined;
  readonly product:
    | {
        readonly stock: number;
        /** Units one person may have; undefined for no limit. */
        readonly limitPerUser: number | undefined;
      }
    | undefined;
  /** Units of the product that the user has. */
  readonly used: number;
}

/** `claimed`, or why not: the key has a committed order, or the user has all they may. */
export type Claim = 'claimed' | 'key-taken' | 'limit-per-user';

/** Steps inside one transaction: all of them take effect at its end or none does. */
export interface OrderTransaction {
  /**
   * Writes the order under its key and takes its quantity from the user's quota. Waits for a
   * transaction that is writing the same key or quota. First step of every order, so that locks are
   * always taken in the order key, quota, stock.
   */
  claim(order: OrderRequest, limitPerUser: number | undefined): Promise<Claim>;
  /**
   * Marks a confirmed order as cancelled and gives its quantity back to the user's quota; false when
   * it is cancelled already. First step of every withdrawal: locks in the order of {@link claim}.
   */
  withdraw(order: StoredOrder): Promise<boolean>;
  /** Stock as committed, without any lock. */
  readStock(productId: string): Promise<number>;
  /** Stock, locked against other transactions until the end of this one. */
  lockStock(productId: string): Promise<number>;
  /** Sets the stock to `stockAfter`, whatever it was, and writes the ledger row. */
  writeStock(movement: StockMovement, stockAfter: number): Promise<void>;
  /**
   * Moves the stock in one atomic step, and writes the ledger row. Returns the stock afterwards, or
   * undefined when there are not as many units as were to go.
   */
  moveStock(movement: StockMovement): Promise<number | undefined>;
  /** Stock and the version that its row has, as committed, without any lock. */
  readVersioned(productId: string): Promise<VersionedStock>;
  /**
   * Sets the stock to `stockAfter` if its row still has `version`, and writes the ledger row. False
   * when somebody else wrote meanwhile; waits for one who is just writing.
   */
  writeVersioned(movement: StockMovement, stockAfter: number, version: number): Promise<boolean>;
  /**
   * Moves the stock by as much as it says without asking whether there is enough, and writes the
   * ledger row. Returns the stock afterwards, which may be below 0.
   */
  adjustStock(movement: StockMovement): Promise<number>;
  /** Writes the ledger row alone: the stock is counted elsewhere, and was `stockAfter` then. */
  recordMovement(movement: StockMovement, stockAfter: number): Promise<void>;
}

/** Units, and how often their row has been written. */
export interface VersionedStock {
  readonly stock: number;
  readonly version: number;
}

/**
 * What a transaction begins with. Locks are held from before the first statement until the effects
 * are committed or undone.
 */
export type TransactionMode =
  /** Read committed, no lock. */
  | { readonly kind: 'default' }
  /** As if transactions ran one after the other; those that would not have are undone and run again. */
  | { readonly kind: 'serializable' }
  /** Nobody else writes the stock of any product meanwhile. */
  | { readonly kind: 'table-locked' }
  /** Nobody else is in a transaction that began with this name meanwhile. */
  | { readonly kind: 'advisory-locked'; readonly name: string };

/** What the work of a transaction wants: its effects kept or undone. */
export type TransactionEnd<T> =
  | { readonly commit: true; readonly value: T }
  | { readonly commit: false; readonly value: T };

/** Orders and stock as the strategies see them: the port behind which the driver is. */
export interface OrderStore {
  outlook(order: OrderRequest): Promise<OrderOutlook>;
  /**
   * Runs `work` in a transaction; may run it again after a conflict that undid it.
   *
   * @param mode read committed without a lock unless told
   * @throws {OverloadedError} when conflicts undid it too often
   */
  transaction<T>(
    work: (tx: OrderTransaction) => Promise<TransactionEnd<T>>,
    mode?: TransactionMode,
  ): Promise<T>;
  /** {@link OrderTransaction.readStock} outside any transaction. */
  readStock(productId: string): Promise<number>;
  /** {@link OrderTransaction.writeStock} outside any transaction. */
  writeStock(movement: StockMovement, stockAfter: number): Promise<void>;
  /** {@link OrderTransaction.moveStock} outside any transaction. */
  moveStock(movement: StockMovement): Promise<number | undefined>;
}
