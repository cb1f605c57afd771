import type { ProductContract } from '../../../history/contract.ts';
import type { TruthSnapshot } from '../../../history/truth.ts';
import type { FoundOrder, OrderStore } from './order-store.ts';

/** What a product's page shows. */
export interface ProductPage {
  readonly id: string;
  readonly remaining: number;
  readonly limitPerUser: number | null;
}

/** What a snapshot shows: the sale without its positive control, or that alone. */
export type TruthScope = 'sale' | 'control';

/** What the store of the orders held at one instant; sessions are read elsewhere. */
export type OrderTruth = Omit<TruthSnapshot, 'sessions'>;

/**
 * The place where products, orders and their ledger are kept, as whoever runs the sale sees it. Server
 * processes see more of it: {@link OrderDatabase}.
 */
export interface SaleDatabase {
  /** Creates what {@link drop} removes, with the products on sale. */
  create(products: readonly ProductContract[]): Promise<void>;
  drop(): Promise<void>;
  /** Puts products on sale, beside those that are. An id that is taken is an error. */
  insertProducts(products: readonly ProductContract[]): Promise<void>;
  /**
   * Adds units to a product on sale in one atomic step, with a ledger row that belongs to no order.
   * The stock afterwards, or undefined when there is no such product.
   */
  restock(productId: string, quantity: number): Promise<number | undefined>;
  /** One consistent snapshot that writes nothing. */
  truth(runId: string, scope?: TruthScope): Promise<OrderTruth>;
  /** True for an error that leaves open whether what was asked for was done. */
  isOutcomeUnknown(error: unknown): boolean;
  /** Waits for what is under way, then closes every connection. May be called twice. */
  close(): Promise<void>;
}

/**
 * All that a server process needs of the orders' place. What only the strategies need of it is
 * {@link OrderStore}.
 */
export interface OrderDatabase extends SaleDatabase {
  readonly orders: OrderStore;
  /** Forgets every order, and puts the products on sale. */
  reset(products: readonly ProductContract[]): Promise<void>;
  /**
   * An order by its id or its key, committed or queued, as of one instant; undefined when there is none.
   *
   * @param userId whose order alone is looked for; undefined for anybody's
   */
  findOrder(
    by: 'id' | 'key',
    value: string,
    userId: string | undefined,
  ): Promise<FoundOrder | undefined>;
  /** The product as committed now, or undefined. */
  findProduct(productId: string): Promise<ProductPage | undefined>;
}
