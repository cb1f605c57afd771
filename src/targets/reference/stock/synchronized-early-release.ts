import { KeyedMutex } from './keyed-mutex.ts';
import {
  lookThenPlace,
  type MoveStock,
  readThenWrite,
  releaseInTransaction,
} from './place-order.ts';
import { orderStoreNames } from './settings.ts';
import type { StockStrategyEntry } from './stock-strategy.ts';

/**
 * A lock inside the transaction instead of around it: what a transactional proxy around a synchronized
 * method does (Spring: `@Transactional synchronized`). The lock is free before the commit, and whoever
 * takes it next reads the stock as it was before.
 *
 * The lock is taken with a connection in hand, against the rule for all others. That cannot deadlock:
 * its holder needs no second connection.
 */
export const synchronizedEarlyRelease: StockStrategyEntry = {
  name: 'synchronized-early-release',
  describe: 'A mutex in the process around read, subtract and write, let go before the commit.',
  stores: orderStoreNames,
  expected: {
    oneProcess: 'oversells',
    manyProcesses: 'oversells',
    restocks: 'lost',
    faults: { 'crash-after-decrement': 'oversells' },
  },
  create: ({ store, failpoints }) => {
    const mutex = new KeyedMutex();
    const move: MoveStock = (tx, movement) =>
      mutex.run(movement.productId, async () => {
        await failpoints.reach('holding-lock');
        return readThenWrite(tx, movement, (id) => tx.readStock(id));
      });
    return {
      place: (order) => lookThenPlace(store, order, move),
      release: (order) => releaseInTransaction(store, order, move),
    };
  },
};
