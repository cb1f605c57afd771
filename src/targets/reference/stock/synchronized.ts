import { KeyedMutex } from './keyed-mutex.ts';
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
 * A mutex per product in the process around a transaction that reads and then writes. The lock is
 * held until the commit, and taken before a connection is: otherwise everybody who waits for the
 * lock would hold a connection that its holder may need. It binds one process only, and nobody who
 * writes the stock by another way, such as a restock in the database.
 */
export const synchronized: StockStrategyEntry = {
  name: 'synchronized',
  describe: 'A mutex in the process around read, subtract, write and commit.',
  stores: orderStoreNames,
  expected: {
    oneProcess: 'exact',
    manyProcesses: 'oversells',
    restocks: 'lost',
    faults: { 'crash-after-decrement': 'oversells' },
  },
  create: ({ store, failpoints }) => {
    const mutex = new KeyedMutex();
    return {
      place: async (order) => {
        const outlook = await store.outlook(order);
        const early = answerFrom(outlook, order);
        if (early !== undefined) return early;
        const { productId } = order;
        const limitPerUser = outlook.product?.limitPerUser;
        return mutex.run(productId, async () => {
          await failpoints.reach('holding-lock');
          return placeInTransaction(store, order, limitPerUser, move);
        });
      },
      release: (order) =>
        mutex.run(order.productId, () => releaseInTransaction(store, order, move)),
    };
  },
};
