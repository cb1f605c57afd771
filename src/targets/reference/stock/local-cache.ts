import { countedStrategy, stepsOf } from './counted-stock.ts';
import { orderStoreNames } from './settings.ts';
import type { StockStrategyEntry } from './stock-strategy.ts';

/**
 * The whole stock in the memory of every process, which knows of its own sales only: N processes may
 * sell N times the stock. The database writes down what they did.
 */
export const localCache: StockStrategyEntry = {
  name: 'local-cache',
  describe: 'Each process counts the whole stock down in its memory; the database only follows.',
  stores: orderStoreNames,
  cache: { kind: 'process' },
  expected: {
    oneProcess: 'exact',
    manyProcesses: 'oversells',
    restocks: 'unseen',
    faults: { 'crash-after-decrement': 'oversells' },
  },
  create: (context) => {
    const stock = context.caches.process;
    return countedStrategy(context, {
      stock,
      steps: stepsOf(stock.counter),
      write: (tx, movement) => tx.adjustStock(movement),
    });
  },
};
