import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkUnitStock,
  type UnitStockFindings,
  type UnitStockHistory,
  wrongAnswers,
} from '../../../../src/audit/checkers/unit-stock.ts';
import {
  fewestWrongAnswers,
  isLinearizable,
  type StockOperation,
} from '../../../helpers/linearizer.ts';
import { instantsOf, type SmallHistory, smallHistories } from '../../../helpers/stock-histories.ts';
import { testScale } from '../../../helpers/test-scale.ts';

/** All of them are run every time, and more on request. */
const historyCount = 100_000 * testScale;
const timeoutMs = 120_000;

function historyOf({ stock, operations }: SmallHistory): UnitStockHistory {
  return {
    stock,
    okSentNs: instantsOf(operations, 'ok', 'sentNs'),
    infoSentNs: instantsOf(operations, 'info', 'sentNs'),
    soldOutDoneNs: instantsOf(operations, 'sold-out', 'doneNs'),
  };
}

function check(small: SmallHistory): UnitStockFindings {
  return checkUnitStock(historyOf(small));
}

describe('C3', { timeout: timeoutMs }, () => {
  it(`agrees with exhaustive search on ${historyCount} histories`, () => {
    let wrong = 0;
    fc.assert(
      fc.property(smallHistories({}), (small) => {
        const expected = isLinearizable(small.stock, small.operations);
        if (!expected) wrong += 1;
        if (check(small).linearizable !== expected) throw new Error(`it is ${expected}`);
      }),
      { numRuns: historyCount },
    );
    expect(wrong).toBeGreaterThan(historyCount / 5);
    expect(wrong).toBeLessThan((historyCount * 4) / 5);
  });

  it('counts the fewest answers that have to be taken back', () => {
    fc.assert(
      fc.property(smallHistories({}), (small) => {
        const findings = check(small);
        if (findings.oversoldUnits > 0) return;
        expect(wrongAnswers(findings)).toBe(fewestWrongAnswers(small.stock, small.operations));
      }),
      { numRuns: 10_000 },
    );
  });

  it('names answers that are wrong whatever else is', () => {
    fc.assert(
      fc.property(smallHistories({}), (small) => {
        const soldOuts = small.operations.filter(({ kind }) => kind === 'sold-out');
        const others = small.operations.filter(({ kind }) => kind === 'info' || kind === 'ok');
        const open = others.map(
          (operation): StockOperation => ({
            ...operation,
            doneNs: Infinity,
            kind: 'info',
            units: 1,
          }),
        );
        const named = new Set(check(small).falseSoldOuts);
        soldOuts.forEach((soldOut, index) => {
          // By itself, and with every order free to have sold or not.
          expect(isLinearizable(small.stock, [...open, soldOut])).toBe(!named.has(index));
        });
      }),
      { numRuns: 10_000 },
    );
  });
});

interface Planted {
  readonly title: string;
  readonly stock: number;
  readonly ok?: readonly number[];
  readonly info?: readonly number[];
  readonly soldOut?: readonly number[];
  readonly linearizable: boolean;
  readonly oversold?: number;
  readonly falseSoldOuts?: readonly number[];
  /** Pairs of an order and the answer that contradicts it. */
  readonly late?: readonly (readonly [number, number])[];
}

const planted: readonly Planted[] = [
  { title: 'nothing at all', stock: 3, linearizable: true },
  { title: 'a sale that did not sell out', stock: 3, ok: [1, 2], linearizable: true },
  { title: 'a sale to the last unit', stock: 2, ok: [1, 2], soldOut: [2], linearizable: true },
  {
    title: 'an order beyond the stock',
    stock: 1,
    ok: [1, 2],
    linearizable: false,
    oversold: 1,
  },
  {
    title: 'a unit left when the answer was complete',
    stock: 2,
    ok: [1, 5],
    soldOut: [4, 5, 3],
    linearizable: false,
    falseSoldOuts: [0, 2],
  },
  {
    title: 'an open order that may have taken the unit',
    stock: 2,
    ok: [1],
    info: [4],
    soldOut: [4],
    linearizable: true,
  },
  {
    title: 'an open order that came too late to have taken it',
    stock: 2,
    ok: [1],
    info: [5],
    soldOut: [4],
    linearizable: false,
    falseSoldOuts: [0],
  },
  {
    title: 'an order of an unknown instant that may have taken it',
    stock: 1,
    info: [Number.NEGATIVE_INFINITY],
    soldOut: [-9],
    linearizable: true,
  },
  {
    title: 'sold again after sold-out, which an open order had explained',
    stock: 2,
    ok: [1, 7],
    info: [2],
    soldOut: [6, 5],
    linearizable: false,
    late: [[1, 1]],
  },
  {
    title: 'two late sales and two answers before them',
    stock: 3,
    ok: [9, 8],
    info: [1, 2, 3],
    soldOut: [7, 8],
    linearizable: false,
    late: [
      [1, 0],
      [0, 1],
    ],
  },
  {
    title: 'two late sales, one of them sent as the second answer was complete',
    stock: 3,
    ok: [8, 8],
    info: [1, 2, 3],
    soldOut: [7, 8],
    linearizable: false,
    late: [[0, 0]],
  },
  {
    title: 'a late sale that is one too many as well',
    stock: 1,
    ok: [1, 6],
    soldOut: [5],
    linearizable: false,
    oversold: 1,
    late: [[1, 0]],
  },
  {
    title: 'a sale sent as sold-out was answered',
    stock: 1,
    ok: [5],
    soldOut: [5],
    linearizable: true,
  },
  { title: 'no stock, and everybody told so', stock: 0, soldOut: [1, 2], linearizable: true },
];

describe('C3 answers to', () => {
  it.each(planted)('$title', (expected) => {
    const findings = checkUnitStock({
      stock: expected.stock,
      okSentNs: Float64Array.from(expected.ok ?? []),
      infoSentNs: Float64Array.from(expected.info ?? []),
      soldOutDoneNs: Float64Array.from(expected.soldOut ?? []),
    });
    const { oks, soldOuts } = findings.lateSales;
    expect(findings.linearizable).toBe(expected.linearizable);
    expect(findings.oversoldUnits).toBe(expected.oversold ?? 0);
    expect([...findings.falseSoldOuts]).toEqual(expected.falseSoldOuts ?? []);
    expect([...oks].map((ok, index) => [ok, soldOuts[index]])).toEqual(expected.late ?? []);
  });

  it('a large sale, by the earliest refusal', () => {
    const count = 50_000;
    const instants = Float64Array.from({ length: count }, (_, index) => index);
    const findings = checkUnitStock({
      stock: count,
      okSentNs: instants,
      infoSentNs: new Float64Array(0),
      soldOutDoneNs: instants.slice().reverse(),
    });
    // All but the one that came with the last order were told too early.
    expect(findings.falseSoldOuts).toHaveLength(count - 1);
    expect(findings.firstSoldOut).toBe(count - 1);
    expect(findings.lateSales.oks).toHaveLength(0);
  });
});
