import { orderings } from '../targets/reference/orders/orderings/registry.ts';
import { stockStrategy } from '../targets/reference/stock/registry.ts';
import { type CrossFinding } from './cross-finding.ts';
import type { Path } from './document.ts';
import type { Scenario } from './schema.ts';
import { listOf } from './values.ts';

const referencePath: Path = ['target', 'reference'];
const stockPath: Path = [...referencePath, 'stock'];
const storePath: Path = [...stockPath, 'store'];
const strategyPath: Path = [...stockPath, 'strategy'];
const processesPath: Path = [...referencePath, 'processes'];
const orderingPath: Path = [...referencePath, 'ordering'];

/** What the place of the orders cannot do. */
export function checkStore({ target, sale }: Scenario): readonly CrossFinding[] {
  const { reference } = target;
  if (reference === undefined) return [];
  const { processes, ordering } = reference;
  const { store, strategy } = reference.stock;
  const found: CrossFinding[] = [];
  const strategies: readonly (readonly [path: Path, name: string])[] = [
    [strategyPath, strategy],
    ...sale.products.flatMap(({ strategy: own }, index) =>
      own === undefined ? [] : [[['sale', 'products', index, 'strategy'], own] as const],
    ),
  ];
  for (const [path, name] of strategies) {
    const stores = stockStrategy(name)?.stores ?? [];
    if (stores.includes(store)) continue;
    found.push({
      path,
      at: 'value',
      uses: [path, storePath],
      what: `${name} cannot count on store ${store}`,
      fix: `use it on ${listOf(stores)}, or take a strategy that ${store} has (docs/reference/strategies.md)`,
    });
  }
  if (store === 'memory' && processes !== 1) {
    found.push({
      path: processesPath,
      at: 'value',
      uses: [processesPath, storePath],
      what: `orders in memory are in one process, and there would be ${processes}`,
      fix: 'write processes: 1, or use another store',
    });
  }
  if (store !== 'postgres' && orderings[ordering].queues !== 'none') {
    found.push({
      path: orderingPath,
      at: 'value',
      uses: [orderingPath, storePath],
      what: `queued orders are in PostgreSQL, and store is ${store}`,
      fix: 'write ordering: sync, or use store: postgres',
    });
  }
  return found;
}
