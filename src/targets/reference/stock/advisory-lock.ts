import { readThenWriteIn } from './place-order.ts';
import { sqlStoreNames } from './settings.ts';
import type { StockStrategyEntry } from './stock-strategy.ts';

/**
 * A lock that the database keeps and nobody is held to: it binds those who ask for it. A restock by a
 * plain UPDATE does not, and can be overwritten between this one's reading and its writing.
 */
export const advisoryLock: StockStrategyEntry = {
  name: 'advisory-lock',
  describe: 'A lock by the product’s name in the database (pg_advisory_xact_lock, GET_LOCK).',
  stores: sqlStoreNames,
  expected: {
    oneProcess: 'exact',
    manyProcesses: 'exact',
    restocks: 'lost',
    faults: { 'crash-after-decrement': 'exact', 'crash-holding-lock': 'exact' },
  },
  create: ({ store }) =>
    readThenWriteIn(store, (productId) => ({ kind: 'advisory-locked', name: productId })),
};
