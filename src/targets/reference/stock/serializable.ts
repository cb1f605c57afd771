import { readThenWriteIn } from './place-order.ts';
import { sqlStoreNames } from './settings.ts';
import type { StockStrategyEntry } from './stock-strategy.ts';

/**
 * Reads and writes as the naive way does, and leaves it to the isolation level to undo all but one of
 * those that met (SQLSTATE 40001; PostgreSQL: serializable snapshot isolation). What was undone is run
 * again; a crowd on one row makes that most of the work.
 */
export const serializable: StockStrategyEntry = {
  name: 'serializable',
  describe: 'Reads, subtracts, writes back at SERIALIZABLE; what the database undoes is run again.',
  stores: sqlStoreNames,
  expected: {
    oneProcess: 'exact',
    manyProcesses: 'exact',
    restocks: 'kept',
    faults: { 'crash-after-decrement': 'exact' },
  },
  create: ({ store }) => readThenWriteIn(store, () => ({ kind: 'serializable' })),
};
