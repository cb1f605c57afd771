import {
  lookThenPlace,
  type MoveStock,
  readThenWrite,
  releaseInTransaction,
} from './place-order.ts';
import { sqlStoreNames } from './settings.ts';
import type { StockStrategyEntry } from './stock-strategy.ts';

const move: MoveStock = (tx, movement) => readThenWrite(tx, movement, (id) => tx.lockStock(id));

/** Pessimistic lock: the row is read and locked in one step, and stays locked until the commit. */
export const selectForUpdate: StockStrategyEntry = {
  name: 'select-for-update',
  describe: 'Locks the row while reading (SELECT … FOR UPDATE), subtracts, writes it back.',
  stores: sqlStoreNames,
  expected: {
    oneProcess: 'exact',
    manyProcesses: 'exact',
    restocks: 'kept',
    faults: {
      'crash-after-decrement': 'exact',
      'crash-before-commit': 'exact',
      'crash-after-commit': 'exact',
      'crash-holding-lock': 'exact',
      'database-kill': 'exact',
    },
  },
  create: ({ store }) => ({
    place: (order) => lookThenPlace(store, order, move),
    release: (order) => releaseInTransaction(store, order, move),
  }),
};
