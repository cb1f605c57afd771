import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkRemainingStock,
  type RemainingStockFindings,
  wrongFigures,
} from '../../../../src/audit/checkers/remaining-stock.ts';
import { fewestWrongAnswers, isLinearizable } from '../../../helpers/linearizer.ts';
import { instantsOf, type SmallHistory, smallHistories } from '../../../helpers/stock-histories.ts';
import { testScale } from '../../../helpers/test-scale.ts';

/** All of them are run every time, and more on request. */
const historyCount = 100_000 * testScale;
const timeoutMs = 120_000;

function check({ stock, operations }: SmallHistory): RemainingStockFindings {
  const told = operations.flatMap((operation) =>
    operation.kind === 'ok' ? [operation.remaining ?? Number.NaN] : [],
  );
  return checkRemainingStock({
    stock,
    okSentNs: instantsOf(operations, 'ok', 'sentNs'),
    okDoneNs: instantsOf(operations, 'ok', 'doneNs'),
    okRemaining: Float64Array.from(told),
    infoSentNs: instantsOf(operations, 'info', 'sentNs'),
    soldOutDoneNs: instantsOf(operations, 'sold-out', 'doneNs'),
  });
}

describe('C4', { timeout: timeoutMs }, () => {
  it(`agrees with exhaustive search on ${historyCount} histories`, () => {
    let wrong = 0;
    fc.assert(
      fc.property(smallHistories({ remaining: true }), (small) => {
        const expected = isLinearizable(small.stock, small.operations);
        if (!expected) wrong += 1;
        if (check(small).linearizable !== expected) throw new Error(`it is ${expected}`);
      }),
      { numRuns: historyCount },
    );
    expect(wrong).toBeGreaterThan(historyCount / 5);
    expect(wrong).toBeLessThan((historyCount * 4) / 5);
  });

  it('never counts more answers than have to be taken back', () => {
    let counted = 0;
    fc.assert(
      fc.property(smallHistories({ remaining: true }), (small) => {
        const value = wrongFigures(check(small));
        if (value === 0) return;
        counted += 1;
        expect(fewestWrongAnswers(small.stock, small.operations)).toBeGreaterThanOrEqual(value);
      }),
      { numRuns: 5_000 },
    );
    expect(counted).toBeGreaterThan(500);
  });
});

/** When an order was sent, when it was answered, and what it was told. */
type Told = readonly [sentNs: number, doneNs: number, remaining: number];

interface Planted {
  readonly title: string;
  readonly stock: number;
  readonly ok: readonly Told[];
  readonly info?: readonly number[];
  readonly soldOut?: readonly number[];
  readonly finds?: Partial<RemainingStockFindings>;
}

const planted: readonly Planted[] = [
  { title: 'nothing at all', stock: 3, ok: [] },
  {
    title: 'a countdown to none',
    stock: 2,
    ok: [
      [1, 2, 1],
      [2, 3, 0],
    ],
    soldOut: [3],
  },
  {
    title: 'answers that overtook one another',
    stock: 2,
    ok: [
      [1, 9, 0],
      [2, 8, 1],
    ],
  },
  {
    title: 'one figure told twice',
    stock: 5,
    ok: [
      [1, 2, 4],
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 2],
    ],
    finds: { repeated: [{ first: 1, second: 2 }] },
  },
  {
    title: 'as much left after an order as before it',
    stock: 2,
    ok: [[1, 2, 2]],
    finds: { aboveStock: [0] },
  },
  {
    title: 'less than none left',
    stock: 1,
    ok: [
      [1, 2, 0],
      [1, 2, -1],
    ],
    finds: { belowZero: [1], tooLow: 0 },
  },
  {
    title: 'less than none left, and units left over',
    stock: 2,
    ok: [[1, 2, -1]],
    finds: { belowZero: [0], tooLow: 1 },
  },
  {
    title: 'a figure that came before the order of the one above it was sent',
    stock: 2,
    ok: [
      [5, 6, 1],
      [1, 4, 0],
    ],
    finds: { outOfOrder: [{ first: 0, second: 1 }] },
  },
  {
    title: 'one order that two answers contradict, which is wrong by itself',
    stock: 3,
    ok: [
      [9, 9, 2],
      [1, 2, 1],
      [1, 2, 0],
    ],
    finds: { outOfOrder: [{ first: 0, second: 1 }] },
  },
  {
    title: 'an order and the answer to a later one that touch',
    stock: 2,
    ok: [
      [5, 6, 1],
      [1, 5, 0],
    ],
  },
  {
    title: 'a figure left out that no open order can have taken',
    stock: 3,
    ok: [
      [1, 2, 2],
      [3, 4, 0],
    ],
    info: [5],
    finds: { skippedUnits: 1, firstSkipped: 1 },
  },
  {
    title: 'a figure left out that an open order can have taken',
    stock: 3,
    ok: [
      [1, 2, 2],
      [3, 4, 0],
    ],
    info: [4],
  },
  {
    title: 'two gaps and one open order for them',
    stock: 5,
    ok: [
      [1, 2, 3],
      [3, 4, 1],
    ],
    info: [0, 5],
    finds: { skippedUnits: 1, firstSkipped: 2 },
  },
  {
    title: 'units left when the first was told sold-out',
    stock: 4,
    ok: [[1, 2, 3]],
    info: [1],
    soldOut: [9, 4],
    finds: { skippedUnits: 2, firstSkipped: 1 },
  },
  {
    title: 'a sale sent after sold-out',
    stock: 2,
    ok: [
      [1, 2, 1],
      [4, 5, 0],
    ],
    info: [0],
    soldOut: [3],
    finds: { lateSale: 1, skippedUnits: 0 },
  },
];

describe('C4 answers to', () => {
  it.each(planted)('$title', ({ stock, ok, info = [], soldOut = [], finds }) => {
    const column = (index: 0 | 1 | 2): Float64Array => Float64Array.from(ok, (told) => told[index]);
    const findings = checkRemainingStock({
      stock,
      okSentNs: column(0),
      okDoneNs: column(1),
      okRemaining: column(2),
      infoSentNs: Float64Array.from(info),
      soldOutDoneNs: Float64Array.from(soldOut),
    });
    expect(findings).toMatchObject({
      aboveStock: [],
      belowZero: [],
      tooLow: 0,
      repeated: [],
      outOfOrder: [],
      lateSale: -1,
      skippedUnits: 0,
      linearizable: finds === undefined,
      ...finds,
    });
  });
});
