import { lockedInRedis } from './locked-in-redis.ts';
import { orderStoreNames } from './settings.ts';
import type { StockStrategyEntry } from './stock-strategy.ts';

/** The lock only spares the database: should two hold it at once, the statement decides. */
export const redisLockGuarded: StockStrategyEntry = {
  name: 'redis-lock-guarded',
  describe: 'A lock in Redis around a conditional UPDATE in the transaction of the order.',
  stores: orderStoreNames,
  cache: { kind: 'redis-lock' },
  expected: {
    oneProcess: 'exact',
    manyProcesses: 'exact',
    restocks: 'kept',
    faults: { 'pause-holding-lock': 'exact' },
  },
  create: (context) => lockedInRedis(context, (tx, movement) => tx.moveStock(movement)),
};
