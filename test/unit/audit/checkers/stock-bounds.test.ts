import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkStockBounds,
  type StockBoundsFindings,
  type StockHistory,
} from '../../../../src/audit/checkers/stock-bounds.ts';
import { isLinearizable, type StockOperation } from '../../../helpers/linearizer.ts';
import { type SmallHistory, smallHistories } from '../../../helpers/stock-histories.ts';

const historyCount = 40_000;
const timeoutMs = 120_000;
const never = Number.POSITIVE_INFINITY;

function column<T>(items: readonly T[], value: (item: T) => number): Float64Array {
  return Float64Array.from(items, value);
}

function historyOf({ stock, operations }: SmallHistory): StockHistory {
  const cancelOf = (order: number): StockOperation | undefined =>
    operations.find((operation) => 'order' in operation && operation.order === order);
  const orders = operations.flatMap((operation, index) => {
    if (operation.kind !== 'ok' && operation.kind !== 'info') return [];
    const cancel = cancelOf(index);
    return [{ ...operation, returnSentNs: cancel?.sentNs, returnedByNs: cancel?.doneNs }];
  });
  const restocks = operations.flatMap((operation) =>
    operation.kind === 'restock' || operation.kind === 'restock-info' ? [operation] : [],
  );
  const soldOuts = operations.flatMap((operation) =>
    operation.kind === 'sold-out' ? [operation] : [],
  );
  return {
    stockLo: stock,
    stockHi: stock,
    orders: {
      sentNs: column(orders, ({ sentNs }) => sentNs),
      takenByNs: column(orders, ({ doneNs }) => doneNs),
      returnSentNs: column(orders, ({ returnSentNs }) => returnSentNs ?? never),
      returnedByNs: column(orders, ({ returnedByNs }) => returnedByNs ?? never),
      units: column(orders, ({ units }) => units),
    },
    restocks: {
      sentNs: column(restocks, ({ sentNs }) => sentNs),
      doneNs: column(restocks, ({ doneNs }) => doneNs),
      units: column(restocks, ({ units }) => units),
    },
    soldOuts: {
      sentNs: column(soldOuts, ({ sentNs }) => sentNs),
      doneNs: column(soldOuts, ({ doneNs }) => doneNs),
      units: column(soldOuts, ({ units }) => units),
    },
  };
}

function findsAny({ falseSoldOuts, impossibleSales, oversoldUnits }: StockBoundsFindings): boolean {
  return falseSoldOuts.length > 0 || impossibleSales.length > 0 || oversoldUnits > 0;
}

describe('C5', { timeout: timeoutMs }, () => {
  it.each([
    ['single units', {}, 0.96],
    ['any quantities, cancellations and restocks', { returns: true }, 0.93],
  ] as const)(`never convicts a sale of %s that can be explained`, (_what, ingredients, share) => {
    let wrong = 0;
    let caught = 0;
    fc.assert(
      fc.property(smallHistories(ingredients), (small) => {
        const finds = findsAny(checkStockBounds(historyOf(small)));
        const linearizable = isLinearizable(small.stock, small.operations);
        if (finds && linearizable) throw new Error('a false alarm');
        if (!linearizable) wrong += 1;
        if (finds) caught += 1;
      }),
      { numRuns: historyCount },
    );
    expect(wrong).toBeGreaterThan(historyCount / 10);
    expect(caught / wrong).toBeGreaterThan(share);
  });

  it('names refusals that are wrong whatever else was answered', () => {
    let named = 0;
    fc.assert(
      fc.property(smallHistories({ returns: true }), (small) => {
        const history = historyOf(small);
        const soldOuts = small.operations.filter(({ kind }) => kind === 'sold-out');
        for (const index of checkStockBounds(history).falseSoldOuts) {
          named += 1;
          const rest = small.operations.filter(
            (operation) => operation.kind !== 'sold-out' || operation === soldOuts[index],
          );
          const kept = rest.map((operation): StockOperation => {
            if (!('order' in operation)) return operation;
            const order = small.operations[operation.order];
            return { ...operation, order: rest.findIndex((other) => other === order) };
          });
          expect(isLinearizable(small.stock, kept)).toBe(false);
        }
      }),
      { numRuns: 10_000 },
    );
    expect(named).toBeGreaterThan(1_000);
  });
});

/** Instants and units of an order: sent, taken by, given back from … to. */
interface PlantedOrder {
  readonly at: readonly [sentNs: number, takenByNs: number];
  readonly back?: readonly [sentNs: number, doneNs: number];
  readonly units?: number;
}

interface Planted {
  readonly title: string;
  readonly stock: number | readonly [number, number];
  readonly orders?: readonly PlantedOrder[];
  readonly restocks?: readonly (readonly [sentNs: number, doneNs: number, units: number])[];
  readonly soldOuts?: readonly (readonly [sentNs: number, doneNs: number, units: number])[];
  readonly falseSoldOuts?: readonly number[];
  readonly unitsLeft?: readonly number[];
  readonly impossibleSales?: readonly number[];
  readonly oversoldUnits?: number;
}

const planted: readonly Planted[] = [
  { title: 'nothing at all', stock: 2 },
  {
    title: 'a unit left all the time',
    stock: 1,
    soldOuts: [[1, 2, 1]],
    falseSoldOuts: [0],
    unitsLeft: [1],
  },
  { title: 'too few for the quantity', stock: 2, soldOuts: [[1, 2, 3]] },
  {
    title: 'just enough for the quantity',
    stock: 3,
    soldOuts: [[1, 2, 3]],
    falseSoldOuts: [0],
    unitsLeft: [3],
  },
  {
    title: 'a unit taken as the answer was complete',
    stock: 1,
    orders: [{ at: [2, 5] }],
    soldOuts: [[0, 2, 1]],
  },
  {
    title: 'a unit taken only after the answer',
    stock: 1,
    orders: [{ at: [3, 5] }],
    soldOuts: [[0, 2, 1]],
    falseSoldOuts: [0],
    unitsLeft: [1],
  },
  {
    title: 'a refusal long after the unit came back',
    stock: 1,
    orders: [{ at: [0, 1], back: [2, 3] }],
    soldOuts: [
      [4, 5, 1],
      [3, 9, 1],
      [9, 10, 1],
    ],
    falseSoldOuts: [0, 2],
    unitsLeft: [1, 1],
  },
  {
    title: 'a unit of which nobody knows whether it came back',
    stock: 1,
    orders: [{ at: [0, 1], back: [2, never] }],
    soldOuts: [[8, 9, 1]],
  },
  {
    title: 'a unit that came back before it can have been taken',
    stock: 1,
    orders: [{ at: [5, 6], back: [2, 3] }],
    soldOuts: [[8, 9, 1]],
  },
  {
    title: 'a restock that has been done, and one that has perhaps not',
    stock: 0,
    restocks: [
      [1, 2, 1],
      [1, never, 5],
    ],
    soldOuts: [
      [2, 3, 1],
      [3, 4, 1],
    ],
    falseSoldOuts: [1],
    unitsLeft: [1],
  },
  {
    title: 'a unit sold twice',
    stock: 1,
    orders: [{ at: [0, 1] }, { at: [2, 3] }],
    impossibleSales: [1],
    oversoldUnits: 1,
  },
  {
    title: 'a unit sold again while it may have come back',
    stock: 1,
    orders: [{ at: [0, 1], back: [3, 4] }, { at: [2, 3] }],
  },
  {
    title: 'a unit sold again before it can have come back',
    stock: 1,
    orders: [{ at: [0, 1], back: [4, 5] }, { at: [2, 3] }],
    impossibleSales: [1],
    oversoldUnits: 1,
  },
  {
    title: 'a unit that may have come back as it had been taken, counted once',
    stock: 1,
    orders: [
      { at: [0, 5], back: [5, 9] },
      { at: [5, 5], units: 2 },
    ],
    impossibleSales: [1],
    oversoldUnits: 1,
  },
  {
    title: 'units sold that a restock may have brought',
    stock: 1,
    orders: [{ at: [0, 2], units: 2 }],
    restocks: [[2, never, 1]],
  },
  {
    title: 'units sold before a restock can have brought them',
    stock: 1,
    orders: [{ at: [0, 1], units: 2 }],
    restocks: [[2, 3, 1]],
    impossibleSales: [0],
    oversoldUnits: 1,
  },
  {
    title: 'a stock of one or two units',
    stock: [1, 2],
    orders: [{ at: [0, 1] }, { at: [0, 1] }],
    soldOuts: [[0, 0, 1]],
  },
];

describe('C5 answers to', () => {
  it.each(planted)('$title', (expected) => {
    const { stock, orders = [], restocks = [], soldOuts = [] } = expected;
    const [stockLo, stockHi] = typeof stock === 'number' ? [stock, stock] : stock;
    const findings = checkStockBounds({
      stockLo,
      stockHi,
      orders: {
        sentNs: column(orders, ({ at }) => at[0]),
        takenByNs: column(orders, ({ at }) => at[1]),
        returnSentNs: column(orders, ({ back }) => back?.[0] ?? never),
        returnedByNs: column(orders, ({ back }) => back?.[1] ?? never),
        units: column(orders, ({ units }) => units ?? 1),
      },
      restocks: {
        sentNs: column(restocks, ([sentNs]) => sentNs),
        doneNs: column(restocks, ([, doneNs]) => doneNs),
        units: column(restocks, ([, , units]) => units),
      },
      soldOuts: {
        sentNs: column(soldOuts, ([sentNs]) => sentNs),
        doneNs: column(soldOuts, ([, doneNs]) => doneNs),
        units: column(soldOuts, ([, , units]) => units),
      },
    });
    expect(findings).toEqual({
      falseSoldOuts: expected.falseSoldOuts ?? [],
      unitsLeft: expected.unitsLeft ?? [],
      impossibleSales: expected.impossibleSales ?? [],
      oversoldUnits: expected.oversoldUnits ?? 0,
    });
  });
});
