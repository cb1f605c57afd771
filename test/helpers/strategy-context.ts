import { InFlightOrders } from '../../src/targets/reference/cache/in-flight.ts';
import { ProcessCounter } from '../../src/targets/reference/cache/process-counter.ts';
import { StockLoader } from '../../src/targets/reference/cache/stock-loader.ts';
import type { StrategyCaches } from '../../src/targets/reference/cache/strategy-caches.ts';
import { noFailpoints } from '../../src/targets/reference/failpoints.ts';
import type { OrderStore } from '../../src/targets/reference/orders/order-store.ts';
import {
  type StrategySettings,
  strategyDefaults,
} from '../../src/targets/reference/stock/settings.ts';
import type { StrategyContext } from '../../src/targets/reference/stock/stock-strategy.ts';

/** Caches that nobody fills, for strategies that declare none. */
function noCaches(): StrategyCaches {
  const counter = new ProcessCounter();
  const loader = new StockLoader({
    counter,
    figure: () => Promise.reject(new Error('no count can be loaded here')),
    mayLoad: () => Promise.resolve(false),
  });
  return {
    redis: undefined,
    locks: undefined,
    process: { counter, loader },
    share: { counter, loader, claimMore: () => Promise.resolve(0) },
    inFlight: new InFlightOrders(),
  };
}

/** What a strategy works with, on a store and without faults. */
export function contextOf(
  store: OrderStore,
  settings: Partial<StrategySettings> = {},
  caches: StrategyCaches = noCaches(),
): StrategyContext {
  return {
    store,
    settings: { ...strategyDefaults, ...settings },
    failpoints: noFailpoints,
    caches,
  };
}
