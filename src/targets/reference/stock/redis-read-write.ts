import { defined } from '../../../core/assert.ts';
import type { StockCounter } from '../cache/stock-counter.ts';
import { type CountSteps, countedStrategy, recorded } from './counted-stock.ts';
import { orderStoreNames } from './settings.ts';
import type { StockStrategyEntry } from './stock-strategy.ts';

/** Redis runs one command at a time, which does not make two commands one. */
function steps(counter: StockCounter): CountSteps {
  const add = async (productId: string, units: number): Promise<void> => {
    await counter.write(productId, ((await counter.read(productId)) ?? 0) + units);
  };
  return {
    take: async ({ productId, quantity }) => {
      const units = await counter.read(productId);
      if (units === undefined) return { kind: 'not-loaded' };
      if (units < quantity) return { kind: 'sold-out' };
      const remaining = units - quantity;
      await counter.write(productId, remaining);
      return { kind: 'taken', remaining };
    },
    undo: ({ productId, quantity }) => add(productId, quantity),
    putBack: ({ productId, quantity }) => add(productId, quantity),
  };
}

/** The mistake of `naive`, in Redis: whoever got the same value in between sells the same unit. */
export const redisReadWrite: StockStrategyEntry = {
  name: 'redis-read-write',
  describe: 'GET, subtract in the process, SET.',
  stores: orderStoreNames,
  cache: { kind: 'redis', stockIn: 'cache' },
  expected: { oneProcess: 'oversells', manyProcesses: 'oversells', restocks: 'lost' },
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
