import type { StrategyCaches } from '../cache/strategy-caches.ts';
import { type CountSteps, countedStrategy } from './counted-stock.ts';
import { orderStoreNames } from './settings.ts';
import type { StockStrategyEntry } from './stock-strategy.ts';

function steps({ counter, loader, claimMore }: StrategyCaches['share']): CountSteps {
  return {
    undo: (order) => counter.undo(order),
    // Whoever takes a withdrawal has its units: they are of nobody's share any more.
    putBack: async (order) => {
      if ((await counter.putBack(order)) !== undefined) return;
      await loader.fill(order.productId);
      await counter.putBack(order);
    },
    take: async (order, limitPerUser) => {
      const first = await counter.take(order, limitPerUser);
      if (first.kind !== 'sold-out' || (await claimMore(order.productId)) === 0) return first;
      return counter.take(order, limitPerUser);
    },
  };
}

/**
 * An equal share of the stock in the memory of every process, claimed in a table: nobody can sell what
 * another has. One process may be sold out while another is not, and what a process had claimed when it
 * died stays claimed.
 */
export const partitionedCache: StockStrategyEntry = {
  name: 'partitioned-cache',
  describe: 'Each process counts down a share of its own; the database only follows.',
  stores: orderStoreNames,
  cache: { kind: 'share' },
  expected: {
    oneProcess: 'exact',
    manyProcesses: 'refuses',
    restocks: 'kept',
    faults: { 'crash-after-decrement': 'leaks' },
  },
  create: (context) => {
    const { share } = context.caches;
    return countedStrategy(context, {
      stock: share,
      steps: steps(share),
      write: (tx, movement) => tx.adjustStock(movement),
    });
  },
};
