import type { StockStrategyName } from '../targets/reference/stock/registry.ts';
import { stockStrategies } from '../targets/reference/stock/registry.ts';
import type { OrderStoreName } from '../targets/reference/stock/settings.ts';
import type {
  StockStrategyEntry,
  StockVerdict,
} from '../targets/reference/stock/stock-strategy.ts';
import { type MatrixColumn, matrixFaults } from './matrix-faults.ts';
import { variantsOf } from './variants.ts';

/** One strategy, on one store, in so many processes, with one thing done to it. */
export interface Cell {
  /** Unique, and fit for a folder's name. */
  readonly id: string;
  /** Strategy, with its variant where it has several. */
  readonly label: string;
  readonly strategy: StockStrategyName;
  readonly store: OrderStoreName;
  readonly processes: 1 | 2;
  readonly fault: MatrixColumn;
  readonly expected: StockVerdict;
  /** Invariants that are violated where the expectation comes true, beyond those of the stock. */
  readonly consequences: readonly string[];
  /** `--set` of `stock-lab` that make this cell. */
  readonly overrides: readonly string[];
}

/** Every cell of the matrix, in the order in which it is played. */
export function allCells(stores: readonly OrderStoreName[]): readonly Cell[] {
  return stores.flatMap((store) =>
    (Object.keys(matrixFaults) as MatrixColumn[]).flatMap((fault) =>
      (Object.keys(stockStrategies) as StockStrategyName[]).flatMap((strategy) =>
        cellsOf(strategy, store, fault),
      ),
    ),
  );
}

function cellsOf(
  strategy: StockStrategyName,
  store: OrderStoreName,
  fault: MatrixColumn,
): readonly Cell[] {
  const entry: StockStrategyEntry = stockStrategies[strategy];
  if (!entry.stores.includes(store)) return [];
  // A crash costs something when somebody else goes on selling; without one, both counts matter.
  // What is in the memory of a process is not seen by a second one, and dies with the first.
  if (store === 'memory' && fault !== 'none') return [];
  const both = store === 'memory' ? ([1] as const) : ([1, 2] as const);
  const counts = fault === 'none' ? both : ([2] as const);
  const variants = variantsOf(strategy).filter(
    ({ stores }) => stores === undefined || stores.includes(store),
  );
  return variants.flatMap((variant) =>
    counts.flatMap((processes): readonly Cell[] => {
      const expected = { ...entry.expected, ...variant.expected };
      const byProcesses = processes === 1 ? expected.oneProcess : expected.manyProcesses;
      const verdict = fault === 'none' ? byProcesses : expected.faults?.[fault];
      if (verdict === undefined) return [];
      const label = variant.name === '' ? strategy : `${strategy} (${variant.name})`;
      return [
        {
          id: [strategy, variant.name, store, String(processes), fault]
            .filter((part) => part !== '')
            .join('.'),
          label,
          strategy,
          store,
          processes,
          fault,
          expected: verdict,
          consequences: variant.consequences ?? [],
          overrides: [
            `target.reference.stock.strategy=${strategy}`,
            `target.reference.stock.store=${store}`,
            `target.reference.processes=${processes}`,
            ...variant.overrides,
            ...matrixFaults[fault].overrides,
          ],
        },
      ];
    }),
  );
}

/** Cells whose id holds every one of the words that one of `patterns` is made of. */
export function cellsMatching(
  cells: readonly Cell[],
  patterns: readonly string[],
): readonly Cell[] {
  if (patterns.length === 0) return cells;
  return cells.filter((cell) => {
    const parts = new Set([cell.strategy, cell.store, String(cell.processes), cell.fault]);
    return patterns.some((pattern) =>
      pattern.split('/').every((word) => parts.has(word) || cell.id === word),
    );
  });
}

/** Columns of the short matrix, beside those without a fault in two processes. */
const quickColumns: ReadonlySet<MatrixColumn> = new Set([
  'crash-after-decrement',
  'redis-flush-from-orders',
]);

/** Strategies whose faults the short matrix leaves to the long one: another one shows the same. */
const quickStrategies: ReadonlySet<StockStrategyName> = new Set([
  'conditional-update',
  'conditional-update-split',
  'synchronized',
]);

/** A choice that shows every strategy once, and of the faults what they are about. */
export function quickCells(cells: readonly Cell[]): readonly Cell[] {
  return cells.filter(({ fault, processes, strategy }) =>
    fault === 'none' ? processes === 2 : quickColumns.has(fault) && quickStrategies.has(strategy),
  );
}
