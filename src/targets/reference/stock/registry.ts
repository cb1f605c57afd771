import { advisoryLock } from './advisory-lock.ts';
import { conditionalUpdate } from './conditional-update.ts';
import { conditionalUpdateSplit } from './conditional-update-split.ts';
import { naive } from './naive.ts';
import { naiveTransaction } from './naive-transaction.ts';
import { optimisticVersion } from './optimistic-version.ts';
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
} as const satisfies Record<string, StockStrategyEntry>;

export type StockStrategyName = keyof typeof stockStrategies;

/** The strategy of that name, or undefined. */
export function stockStrategy(name: string): StockStrategyEntry | undefined {
  return Object.hasOwn(stockStrategies, name)
    ? stockStrategies[name as StockStrategyName]
    : undefined;
}
