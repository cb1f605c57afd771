import { defined } from '../../../core/assert.ts';
import type { StockCounter } from '../cache/stock-counter.ts';
import { type CountSteps, countedStrategy, recorded } from './counted-stock.ts';
import { orderStoreNames } from './settings.ts';
import type { StockStrategyEntry } from './stock-strategy.ts';

function steps(counter: StockCounter): CountSteps {
  return {
    take: async ({ productId, quantity }) => {
      if ((await counter.read(productId)) === undefined) return { kind: 'not-loaded' };
      // A count that is lost here is made anew, from 0: until it is warmed up nobody buys any more.
      const remaining = await counter.adjust(productId, -quantity);
      if (remaining >= 0) return { kind: 'taken', remaining };
      await counter.adjust(productId, quantity);
      return { kind: 'sold-out' };
    },
    undo: ({ productId, quantity }) => counter.adjust(productId, quantity),
    putBack: ({ productId, quantity }) => counter.adjust(productId, quantity),
  };
}

/**
 * The atomic counter. It dips below zero while those who come too late put back what they took; one
 * who asks for a single unit meanwhile may be refused a unit that is there. A process that dies before
 * its order is written takes the unit along.
 */
export const redisDecr: StockStrategyEntry = {
  name: 'redis-decr',
  describe: 'DECRBY, and INCRBY back when that went below 0; then the order.',
  stores: orderStoreNames,
  cache: { kind: 'redis', stockIn: 'cache' },
  expected: {
    oneProcess: 'exact',
    manyProcesses: 'exact',
    restocks: 'kept',
    faults: {
      'crash-after-decrement': 'leaks',
      'redis-flush': 'oversells',
      'redis-flush-from-orders': 'oversells',
      // A refusal that was counted down before the loss is counted up after the load: units out of nothing.
      'redis-flush-from-inflight': 'oversells',
    },
  },
  create: (context) => {
    const stock = defined(context.caches.redis, 'the Redis that was declared');
    return countedStrategy(context, {
      stock,
      steps: steps(stock.counter),
      write: recorded,
      onTaken: () => context.failpoints.reach('after-decrement'),
    });
  },
};
