import { noFailpoints } from '../../src/targets/reference/failpoints.ts';
import type { OrderStore } from '../../src/targets/reference/orders/order-store.ts';
import {
  type StrategySettings,
  strategyDefaults,
} from '../../src/targets/reference/stock/settings.ts';
import type { StrategyContext } from '../../src/targets/reference/stock/stock-strategy.ts';

/** What a strategy works with, on a store and without faults. */
export function contextOf(
  store: OrderStore,
  settings: Partial<StrategySettings> = {},
): StrategyContext {
  return { store, settings: { ...strategyDefaults, ...settings }, failpoints: noFailpoints };
}
