import { defined } from '../../../core/assert.ts';
import {
  answerFrom,
  type MoveStock,
  placeInTransaction,
  releaseInTransaction,
} from './place-order.ts';
import type { StockStrategy, StrategyContext } from './stock-strategy.ts';

/** Everything of an order behind a lock in Redis, taken before a connection to the database is. */
export function lockedInRedis(
  { store, caches, failpoints }: StrategyContext,
  move: MoveStock,
): StockStrategy {
  const locks = defined(caches.locks, 'the Redis that was declared');
  return {
    place: async (order) => {
      const outlook = await store.outlook(order);
      const early = answerFrom(outlook, order);
      if (early !== undefined) return early;
      return locks.run(order.productId, async () => {
        await failpoints.reach('holding-lock');
        return placeInTransaction(store, order, outlook.product?.limitPerUser, move);
      });
    },
    release: (order) => locks.run(order.productId, () => releaseInTransaction(store, order, move)),
  };
}
