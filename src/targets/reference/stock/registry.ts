import { conditionalUpdate } from './conditional-update.ts';
import { naive } from './naive.ts';
import { selectForUpdate } from './select-for-update.ts';
import type { StockStrategyEntry } from './stock-strategy.ts';
import { synchronized } from './synchronized.ts';

/** Every stock strategy, by the name it has in a scenario. */
export const stockStrategies = {
  naive,
  synchronized,
  'select-for-update': selectForUpdate,
  'conditional-update': conditionalUpdate,
} as const satisfies Record<string, StockStrategyEntry>;

export type StockStrategyName = keyof typeof stockStrategies;

/** The strategy of that name, or undefined. */
export function stockStrategy(name: string): StockStrategyEntry | undefined {
  return Object.hasOwn(stockStrategies, name)
    ? stockStrategies[name as StockStrategyName]
    : undefined;
}
