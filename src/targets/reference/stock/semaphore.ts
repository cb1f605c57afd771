import { KeyedSemaphore } from './keyed-semaphore.ts';
import {
  answerFrom,
  type MoveStock,
  placeInTransaction,
  readThenWrite,
  releaseInTransaction,
} from './place-order.ts';
import { orderStoreNames } from './settings.ts';
import type { StockStrategyEntry } from './stock-strategy.ts';

const move: MoveStock = (tx, movement) => readThenWrite(tx, movement, (id) => tx.readStock(id));

/**
 * Bounded concurrency taken for exclusion: the database is spared, and those who are let in together
 * race as before. With one permit it is a mutex in the process.
 */
export const semaphore: StockStrategyEntry = {
  name: 'semaphore',
  describe: 'Lets a few requests at once read, subtract, write and commit; the rest wait.',
  stores: orderStoreNames,
  expected: { oneProcess: 'oversells', manyProcesses: 'oversells', restocks: 'lost' },
  create: ({ store, settings, failpoints }) => {
    const gate = new KeyedSemaphore(settings.permits);
    return {
      place: async (order) => {
        const outlook = await store.outlook(order);
        const early = answerFrom(outlook, order);
        if (early !== undefined) return early;
        return gate.run(order.productId, async () => {
          await failpoints.reach('holding-lock');
          return placeInTransaction(store, order, outlook.product?.limitPerUser, move);
        });
      },
      release: (order) => gate.run(order.productId, () => releaseInTransaction(store, order, move)),
    };
  },
};
