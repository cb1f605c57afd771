import type { Failpoints } from '../../failpoints.ts';
import type { OrderQueue } from '../../postgres/order-queue.ts';
import type { StockStrategy } from '../../stock/stock-strategy.ts';
import type { OrderDatabase } from '../order-database.ts';
import type { OrderRequest, OrderStore, PlaceResult } from '../order-store.ts';
import type { Ordering } from '../ordering.ts';
import type { Outbox } from '../outbox.ts';

/** What an ordering works with: once per server process. */
export interface OrderingContext {
  /** Counts the stock and writes the order, all in one. */
  readonly stock: Pick<StockStrategy, 'place'>;
  readonly database: Pick<OrderDatabase, 'findOrder'>;
  /** The orders as requests reach them. */
  readonly orders: OrderStore;
  /** The orders as consumers of the queue reach them. */
  readonly deciding: OrderStore;
  readonly queue: OrderQueue;
  readonly outbox: Outbox;
  readonly failpoints: Failpoints;
  /** How long publishing may take, in milliseconds. */
  readonly publishTimeoutMs: number;
  /** Says that there is something to decide. */
  readonly ring: () => void;
}

/** An {@link Ordering}, and what becomes of an order that comes out of the queue. */
interface QueuedOrdering extends Ordering {
  /**
   * Must do nothing twice for one key: the queue may deliver twice. One that throws, or says
   * `in-progress`, is delivered again.
   */
  decide(order: OrderRequest): Promise<PlaceResult>;
  /** Mends what was left undone; done now and again. */
  maintain?(): Promise<void>;
}

/** An ordering as the registry lists it. */
export interface OrderingEntry {
  /** The name it has in a scenario. */
  readonly name: string;
  /** One line, for help and docs. */
  readonly describe: string;
  /**
   * - `none`: orders are decided while their buyers wait.
   * - `whole-orders`: the stock is looked at when the order comes out of the queue.
   * - `taken-units`: the units are taken first. The stock must be counted apart from the order then, by
   *   `conditional-update-split`.
   */
  readonly queues: 'none' | 'whole-orders' | 'taken-units';
  /** Called once per server process. */
  readonly create: (context: OrderingContext) => QueuedOrdering;
}
