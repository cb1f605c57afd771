import { orderings } from '../targets/reference/orders/orderings/registry.ts';
import type { CrossFinding } from './cross-finding.ts';
import type { Path } from './document.ts';
import type { Scenario } from './schema.ts';

/** The only strategy that counts the stock apart from the order, so that something fits in between. */
const splitStrategy = 'conditional-update-split';

const orderingPath: Path = ['target', 'reference', 'ordering'];
const strategyPath: Path = ['target', 'reference', 'stock', 'strategy'];

/** Orderings that take the units first, with a strategy that does not. */
export function checkOrdering({ target, sale }: Scenario): readonly CrossFinding[] {
  const { reference } = target;
  if (reference === undefined || orderings[reference.ordering].queues !== 'taken-units') return [];
  const { strategy } = reference.stock;
  const isCommon = sale.products.some((product) => product.strategy === undefined);
  const own = sale.products.flatMap((product, index): CrossFinding[] => {
    if (product.strategy === undefined || product.strategy === splitStrategy) return [];
    return [mismatch(['sale', 'products', index, 'strategy'], product.strategy)];
  });
  if (!isCommon || strategy === splitStrategy) return own;
  return [{ ...mismatch(strategyPath, strategy), path: orderingPath }, ...own];

  function mismatch(path: Path, name: string): CrossFinding {
    return {
      path,
      at: 'value',
      uses: [path, orderingPath],
      what: `${name} leaves no room for the queue, which ${reference?.ordering ?? ''} puts between units and order`,
      fix: `set the strategy to ${splitStrategy}, or ordering to async`,
    };
  }
}
