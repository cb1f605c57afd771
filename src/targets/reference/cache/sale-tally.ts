import { defined } from '../../../core/assert.ts';
import type { SaleDatabase } from '../orders/order-database.ts';

/** What the rows of a product say, as of one instant. Counts are units. */
export interface SaleTally {
  readonly initial: number;
  readonly restocked: number;
  /** In confirmed orders. */
  readonly sold: number;
  /** Keys that have a committed order, and whether it was withdrawn. */
  readonly orders: ReadonlyMap<string, 'confirmed' | 'cancelled'>;
}

/**
 * Adds a product's rows up. All rows are read: it happens when a count was lost, and then being right
 * comes before being quick. Works on every store, because every store can show what it holds.
 */
export async function tallyOf(
  database: Pick<SaleDatabase, 'truth'>,
  productId: string,
): Promise<SaleTally> {
  const { products, orders, ledger = [] } = await database.truth('tally');
  const { initial } = defined(
    products.find(({ id }) => id === productId),
    'the product of a count',
  );
  const committed = new Map<string, 'confirmed' | 'cancelled'>();
  let sold = 0;
  for (const order of orders) {
    if (order.productId !== productId || order.status === 'pending' || order.key === null) continue;
    committed.set(order.key, order.status);
    if (order.status === 'confirmed') sold += order.quantity;
  }
  // A restock is the movement that belongs to no order.
  const restocked = ledger.reduce(
    (sum, { key, productId: id, delta }) => sum + (key === null && id === productId ? delta : 0),
    0,
  );
  return { initial, restocked, sold, orders: committed };
}
