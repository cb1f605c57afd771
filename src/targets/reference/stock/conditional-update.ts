import { lookThenPlace, type MoveStock, releaseInTransaction } from './place-order.ts';
import { orderStoreNames } from './settings.ts';
import type { StockStrategyEntry } from './stock-strategy.ts';

const move: MoveStock = (tx, movement) => tx.moveStock(movement);

/** The database decides and subtracts in one statement; nothing is read before. */
export const conditionalUpdate: StockStrategyEntry = {
  name: 'conditional-update',
  describe: 'UPDATE … SET stock = stock - q WHERE stock >= q, in the transaction of the order.',
  stores: orderStoreNames,
  expected: {
    oneProcess: 'exact',
    manyProcesses: 'exact',
    restocks: 'kept',
    faults: {
      'crash-after-decrement': 'exact',
      'crash-before-commit': 'exact',
      'crash-after-commit': 'exact',
      'database-kill': 'exact',
    },
  },
  create: ({ store }) => ({
    place: (order) => lookThenPlace(store, order, move),
    release: (order) => releaseInTransaction(store, order, move),
  }),
};
