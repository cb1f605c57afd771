import { defined } from '../../../core/assert.ts';
import { countedStrategy, stepsOf } from './counted-stock.ts';
import { orderStoreNames } from './settings.ts';
import type { StockStrategyEntry } from './stock-strategy.ts';

/**
 * Redis keeps the crowd away, the database decides: whatever Redis says wrongly, nothing is oversold.
 * What a process had taken from Redis when it died stays unsold until the count is loaded anew.
 */
export const redisLuaGuarded: StockStrategyEntry = {
  name: 'redis-lua-guarded',
  describe: 'The script first, then a conditional UPDATE in the transaction of the order.',
  stores: orderStoreNames,
  cache: { kind: 'redis', stockIn: 'database' },
  expected: {
    oneProcess: 'exact',
    manyProcesses: 'exact',
    restocks: 'kept',
    faults: {
      'crash-after-decrement': 'leaks',
      'redis-flush': 'exact',
      // Sells nothing twice; but who was told "sold out" sees others buy what is counted again.
      'redis-flush-from-orders': 'refuses',
      'redis-restart-aof': 'exact',
    },
  },
  create: (context) => {
    const stock = defined(context.caches.redis, 'the Redis that was declared');
    return countedStrategy(context, {
      stock,
      steps: stepsOf(stock.counter),
      write: (tx, movement) => tx.moveStock(movement),
    });
  },
};
