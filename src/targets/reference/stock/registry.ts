import { advisoryLock } from './advisory-lock.ts';
import { conditionalUpdate } from './conditional-update.ts';
import { conditionalUpdateSplit } from './conditional-update-split.ts';
import { localCache } from './local-cache.ts';
import { naive } from './naive.ts';
import { naiveTransaction } from './naive-transaction.ts';
import { optimisticVersion } from './optimistic-version.ts';
import { partitionedCache } from './partitioned-cache.ts';
import { redisDecr } from './redis-decr.ts';
import { redisLock } from './redis-lock.ts';
import { redisLockGuarded } from './redis-lock-guarded.ts';
import { redisLua } from './redis-lua.ts';
import { redisLuaGuarded } from './redis-lua-guarded.ts';
import { redisReadWrite } from './redis-read-write.ts';
import { selectForUpdate } from './select-for-update.ts';
import { semaphore } from './semaphore.ts';
import { serializable } from './serializable.ts';
import type { StockStrategyEntry } from './stock-strategy.ts';
import { synchronized } from './synchronized.ts';
import { synchronizedEarlyRelease } from './synchronized-early-release.ts';
import { tableLock } from './table-lock.ts';

/** Every stock strategy, by the name it has in a scenario. */
export const stockStrategies = {
  naive,
  'naive-transaction': naiveTransaction,
  synchronized,
  'synchronized-early-release': synchronizedEarlyRelease,
  semaphore,
  'select-for-update': selectForUpdate,
  'table-lock': tableLock,
  'advisory-lock': advisoryLock,
  serializable,
  'optimistic-version': optimisticVersion,
  'conditional-update': conditionalUpdate,
  'conditional-update-split': conditionalUpdateSplit,
  'redis-read-write': redisReadWrite,
  'redis-decr': redisDecr,
  'redis-lua': redisLua,
  'redis-lua-guarded': redisLuaGuarded,
  'redis-lock': redisLock,
  'redis-lock-guarded': redisLockGuarded,
  'local-cache': localCache,
  'partitioned-cache': partitionedCache,
} as const satisfies Record<string, StockStrategyEntry>;

export type StockStrategyName = keyof typeof stockStrategies;

/** Whether the strategy of that name counts or locks in Redis. */
export function usesRedis(name: string): boolean {
  const kind = stockStrategy(name)?.cache?.kind;
  return kind === 'redis' || kind === 'redis-lock';
}

/** Whether the strategy of that name has a count beside the database, which could be warmed up. */
export function cachesStock(name: string): boolean {
  const kind = stockStrategy(name)?.cache?.kind;
  return kind !== undefined && kind !== 'redis-lock';
}

/** The strategy of that name, or undefined. */
export function stockStrategy(name: string): StockStrategyEntry | undefined {
  return Object.hasOwn(stockStrategies, name)
    ? stockStrategies[name as StockStrategyName]
    : undefined;
}
