import { lockedInRedis } from './locked-in-redis.ts';
import { readThenWrite } from './place-order.ts';
import { orderStoreNames } from './settings.ts';
import type { StockStrategyEntry } from './stock-strategy.ts';

/**
 * A lock that runs out is no mutual exclusion: a holder that is held up goes on when another has the
 * lock, and nothing that it writes tells (Kleppmann 2016, "How to do distributed locking"; Jepsen's
 * report on etcd locks). While nobody is held up for longer than its TTL it is exact.
 */
export const redisLock: StockStrategyEntry = {
  name: 'redis-lock',
  describe: 'A lock in Redis (SET NX PX) around read, subtract, write and commit.',
  stores: orderStoreNames,
  cache: { kind: 'redis-lock' },
  expected: {
    oneProcess: 'exact',
    manyProcesses: 'exact',
    restocks: 'lost',
    faults: { 'pause-holding-lock': 'oversells' },
  },
  create: (context) =>
    lockedInRedis(context, (tx, movement) => readThenWrite(tx, movement, (id) => tx.readStock(id))),
};
