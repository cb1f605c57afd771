import type { StockStrategyName } from '../targets/reference/stock/registry.ts';
import type { OrderStoreName } from '../targets/reference/stock/settings.ts';
import type { StockStrategyEntry } from '../targets/reference/stock/stock-strategy.ts';

/** A strategy with a setting of its own that changes what comes out. */
export interface StrategyVariant {
  /** Empty for a strategy that has only one. */
  readonly name: string;
  readonly overrides: readonly string[];
  /** Where it can be played; left out, wherever the strategy can. */
  readonly stores?: readonly OrderStoreName[];
  /** What differs from the strategy's own expectation. */
  readonly expected: Partial<StockStrategyEntry['expected']>;
  /** Invariants that it breaks where it does what is expected of it, beyond those of the stock. */
  readonly consequences?: readonly string[];
}

const single: readonly StrategyVariant[] = [{ name: '', overrides: [], expected: {} }];

const variants: Partial<Record<StockStrategyName, readonly StrategyVariant[]>> = {
  'optimistic-version': [
    {
      name: 'sold-out',
      overrides: ['target.reference.stock.optimistic={ retries: 0, onExhausted: sold-out }'],
      expected: {},
    },
    {
      name: 'overloaded',
      overrides: ['target.reference.stock.optimistic={ retries: 3, onExhausted: overloaded }'],
      expected: {
        oneProcess: 'exact',
        manyProcesses: 'exact',
        faults: { 'crash-after-decrement': 'exact' },
      },
    },
  ],
  'conditional-update-split': [
    ...single,
    {
      name: 'publish-or-release',
      overrides: ['target.reference.ordering=publish-or-release'],
      stores: ['postgres'],
      expected: { faults: { 'queue-stall': 'oversells' } },
      // Who was told to come again is told "sold out" by then, and the message makes the first order.
      consequences: ['falseRejection'],
    },
    {
      name: 'publish-or-pending',
      overrides: ['target.reference.ordering=publish-or-pending'],
      stores: ['postgres'],
      expected: { faults: { 'queue-stall': 'exact' } },
    },
  ],
};

/** The variants in which a strategy is played. */
export function variantsOf(strategy: StockStrategyName): readonly StrategyVariant[] {
  return variants[strategy] ?? single;
}
