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
  readonly status: 'confirmed' | 'cancelled' | 'pending';
  /** Stock after this order, as its ledger row has it; undefined when there is none (yet). */
  readonly remaining: number | undefined;
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
  /** Stock as committed, without any lock. */
  readStock(productId: string): Promise<number>;
  /** Stock, locked against other transactions until the end of this one. */
  lockStock(productId: string): Promise<number>;
  /** Sets the stock to `stockAfter`, whatever it was, and writes the ledger row. */
  writeStock(order: OrderRequest, stockAfter: number): Promise<void>;
  /**
   * Takes the quantity in one atomic step if there is enough, and writes the ledger row.
   * Returns the stock afterwards, or undefined when there was not enough.
   */
  takeStock(order: OrderRequest): Promise<number | undefined>;
}

/** What the work of a transaction wants: its effects kept or undone. */
export type TransactionEnd<T> =
  | { readonly commit: true; readonly value: T }
  | { readonly commit: false; readonly value: T };

/** Orders and stock as the strategies see them: the port behind which the driver is. */
export interface OrderStore {
  outlook(order: OrderRequest): Promise<OrderOutlook>;
  /** Runs `work` in a transaction; may run it again after a conflict that undid it. */
  transaction<T>(work: (tx: OrderTransaction) => Promise<TransactionEnd<T>>): Promise<T>;
  /** {@link OrderTransaction.readStock} outside any transaction. */
  readStock(productId: string): Promise<number>;
  /** {@link OrderTransaction.writeStock} outside any transaction. */
  writeStock(order: OrderRequest, stockAfter: number): Promise<void>;
}
