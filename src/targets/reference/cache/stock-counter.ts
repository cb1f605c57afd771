import type { OrderRequest, StockMovement } from '../orders/order-store.ts';

/**
 * The port between the stock strategies and a count that is kept beside the database: in a cache that
 * all server processes share, or in the memory of one of them. A count that is not there was never
 * loaded, or was lost; `undefined` stands for it. Calls that could not even be sent throw
 * {@link OverloadedError}: nothing was done.
 */
export interface StockCounter {
  read(productId: string): Promise<number | undefined>;
  /** Sets the count, whatever it was. */
  write(productId: string, units: number): Promise<void>;
  /** Adds, or takes what is below 0, without asking whether there is enough. From 0 when there is no count. */
  adjust(productId: string, delta: number): Promise<number>;
  /**
   * In one step: takes the order's units if there are as many, if its key has not taken any from this
   * count, and if its user may have them by what was taken from this count.
   */
  take(order: OrderRequest, limitPerUser: number | undefined): Promise<Take>;
  /**
   * In one step: puts back what the key took from this count, once. A count that was loaded since, and
   * does not know of the key, stays as it is. The units then, or undefined.
   */
  undo(order: OrderRequest): Promise<number | undefined>;
  /**
   * Puts back the units of an order that was withdrawn. When there is no count nothing is put back: the
   * one that will be loaded has them. The units then, or undefined.
   */
  putBack(
    order: Pick<OrderRequest, 'productId' | 'key' | 'userId' | 'quantity'>,
  ): Promise<number | undefined>;
}

/** What became of an attempt to take units. */
export type Take =
  | { readonly kind: 'taken'; readonly remaining: number }
  | { readonly kind: 'sold-out' }
  | { readonly kind: 'limit-per-user' }
  /** By the same key: its order is being written, or nobody knows what became of it. */
  | { readonly kind: 'already-taken' }
  | { readonly kind: 'not-loaded' };

/** What a count is loaded with. */
export interface LoadedCount {
  readonly units: number;
  /** Units that the sale has had up to now, restocks included: see {@link LoadableCounter.supply}. */
  readonly supply: number;
  /** What was taken and is not in `units`, although no row tells of it yet. */
  readonly taken: readonly TakenUnits[];
}

/** Units that left the count on account of a key. */
export interface TakenUnits extends StockMovement {
  readonly userId: string;
}

/** A load that is under way. */
export interface AnnouncedLoad {
  readonly productId: string;
  /** Of this load alone. */
  readonly token: string;
  /** The count that is there goes first: until the new one is written nobody can take anything. */
  readonly replace: boolean;
}

/**
 * How a count gets there. A load is announced, figured out and then written, and is void when anything
 * happened in between that its figure may have missed: another load, a loss, a withdrawal or a restock.
 */
export interface LoadableCounter extends StockCounter {
  /**
   * Announces a load.
   *
   * @returns `there` when there is a count, and it is not to be replaced; `busy` when somebody else loads
   */
  beginLoad(load: AnnouncedLoad): Promise<'begun' | 'there' | 'busy'>;
  /**
   * Writes the count if the load is still the one announced last, and, without `replace`, if there is
   * none yet. False when it was not written.
   */
  finishLoad(load: AnnouncedLoad, count: LoadedCount): Promise<boolean>;
  /** Takes back the announcement of a load that failed. */
  abandonLoad(load: AnnouncedLoad): Promise<void>;
  /**
   * Tells how many units the sale has had by now, restocks included. What the count has not got yet is
   * added: telling it twice, or late, adds nothing.
   */
  supply(productId: string, supply: number): Promise<void>;
  /** Forgets every count. */
  clear(): Promise<void>;
}
