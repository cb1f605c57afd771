import { defined } from '../../../core/assert.ts';
import { countedStrategy, recorded, stepsOf } from './counted-stock.ts';
import { orderStoreNames } from './settings.ts';
import type { StockStrategyEntry } from './stock-strategy.ts';

/**
 * Sold out, bought already and taken are decided in one script, and the order is written without any
 * guard: Redis is the stock. What Redis loses is sold again, and what a process had taken when it died
 * is sold to nobody.
 */
export const redisLua: StockStrategyEntry = {
  name: 'redis-lua',
  describe: 'One script looks and takes; then the order, without a guard in the database.',
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
      'redis-flush-from-inflight': 'exact',
    },
  },
  create: (context) => {
    const stock = defined(context.caches.redis, 'the Redis that was declared');
    return countedStrategy(context, {
      stock,
      steps: stepsOf(stock.counter),
      write: recorded,
      onTaken: () => context.failpoints.reach('after-decrement'),
    });
  },
};
