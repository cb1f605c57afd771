import { readThenWriteIn } from './place-order.ts';
import { sqlStoreNames } from './settings.ts';
import type { StockStrategyEntry } from './stock-strategy.ts';

/** Exact, and everybody who buys anything waits for everybody else, whatever the product. */
export const tableLock: StockStrategyEntry = {
  name: 'table-lock',
  describe: 'Locks the whole table of products (LOCK TABLE) before it reads, until the commit.',
  stores: sqlStoreNames,
  expected: {
    oneProcess: 'exact',
    manyProcesses: 'exact',
    restocks: 'kept',
    faults: { 'crash-after-decrement': 'exact', 'crash-holding-lock': 'exact' },
  },
  create: ({ store }) => readThenWriteIn(store, () => ({ kind: 'table-locked' })),
};
