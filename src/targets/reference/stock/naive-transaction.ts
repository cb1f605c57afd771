import { readThenWriteIn } from './place-order.ts';
import { orderStoreNames } from './settings.ts';
import type { StockStrategyEntry } from './stock-strategy.ts';

/**
 * The belief that a transaction is a lock: at read committed, two transactions read the same stock and
 * the second overwrites what the first wrote (P4, lost update; Berenson et al. 1995). What a crash
 * cannot do is leak: stock and order are written together or not at all.
 */
export const naiveTransaction: StockStrategyEntry = {
  name: 'naive-transaction',
  describe:
    'Reads, subtracts and writes back in one transaction at read committed, without a lock.',
  stores: orderStoreNames,
  expected: {
    oneProcess: 'oversells',
    manyProcesses: 'oversells',
    restocks: 'lost',
    faults: { 'crash-after-decrement': 'oversells' },
  },
  create: ({ store }) => readThenWriteIn(store, () => ({ kind: 'default' })),
};
