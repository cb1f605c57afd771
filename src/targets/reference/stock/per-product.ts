import { type StockStrategyName, stockStrategies } from './registry.ts';
import type { StockStrategy, StrategyContext } from './stock-strategy.ts';

/** Which strategy counts which product down. */
export interface StrategyChoice {
  /** For every product that `byProduct` does not name. */
  readonly strategy: StockStrategyName;
  readonly byProduct: ReadonlyMap<string, StockStrategyName>;
}

/** One strategy that leaves each order to the strategy of its product. One instance of each. */
export function strategyPerProduct(
  context: StrategyContext,
  { strategy, byProduct }: StrategyChoice,
): StockStrategy {
  const instances = new Map<StockStrategyName, StockStrategy>();
  const inChargeOf = (productId: string): StockStrategy => {
    const name = byProduct.get(productId) ?? strategy;
    const instance = instances.get(name) ?? stockStrategies[name].create(context);
    instances.set(name, instance);
    return instance;
  };
  return {
    place: (order) => inChargeOf(order.productId).place(order),
    release: (order) => inChargeOf(order.productId).release(order),
  };
}
