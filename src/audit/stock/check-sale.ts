import {
  checkRemainingStock,
  type RemainingStockFindings,
  wrongFigures,
} from '../checkers/remaining-stock.ts';
import { checkStockBounds, type StockBoundsFindings } from '../checkers/stock-bounds.ts';
import { checkUnitStock, type UnitStockFindings } from '../checkers/unit-stock.ts';
import type { Evidence } from '../evidence.ts';
import type { ProductView } from '../evidence-index.ts';
import type { ProductSale } from './product-sale.ts';
import type { SoldOutAnswers } from './stock-operations.ts';

/** One product under one assumption about what is not known. */
export interface SaleQuestion {
  readonly evidence: Evidence;
  readonly view: ProductView;
  readonly sale: ProductSale;
  readonly soldOuts: SoldOutAnswers;
  /** What ok answers told was left, by ordinal of the order. */
  readonly remaining: Float64Array;
  /** Units for sale when it opened. */
  readonly stock: number;
  /** Whatever may have taken units did. */
  readonly openIsSold: boolean;
}

/** What the checkers found wrong under that assumption. */
export interface SaleFindings {
  /** The least number of answers that have to be wrong. */
  readonly wrongAnswers: number;
  readonly falseSoldOuts: number;
  readonly lateSales: number;
  readonly wrongFigures: number;
  /** Sold beyond the stock, which is no business of this invariant. */
  readonly oversoldUnits: number;
  readonly unit: UnitStockFindings | undefined;
  readonly bounds: StockBoundsFindings | undefined;
  /** Undefined when what was told to be left was not checked. Numbers rows as {@link figureRows}. */
  readonly figures: RemainingStockFindings | undefined;
}

/** Checks one product by the sharpest checkers that apply to it. */
export function checkSale(question: SaleQuestion): SaleFindings {
  const { sale, soldOuts } = question;
  const isUnitary = sale.isUnitary && soldOuts.units.every((units) => units === 1);
  return isUnitary && !sale.hasReturns ? checkUnits(question) : checkBounds(question);
}

function checkUnits(question: SaleQuestion): SaleFindings {
  const { sale, soldOuts, stock, openIsSold } = question;
  const unit = checkUnitStock({
    stock,
    okSentNs: sale.sentOf('sold'),
    infoSentNs: openIsSold ? sale.sentOf('extra', 'open') : sale.sentOf('extra'),
    soldOutDoneNs: soldOuts.doneNs,
  });
  const figures = checkFigures(question);
  const wrong = figures === undefined ? 0 : wrongFigures(figures);
  const falseSoldOuts = unit.falseSoldOuts.length;
  const lateSales = unit.lateSales.oks.length;
  return {
    // An answer that one checker finds wrong may be one that the other does: not to be added up.
    wrongAnswers: Math.max(falseSoldOuts + lateSales, wrong),
    falseSoldOuts,
    lateSales,
    wrongFigures: wrong,
    oversoldUnits: unit.oversoldUnits,
    unit,
    bounds: undefined,
    figures,
  };
}

/** C4, where its figures are promised and known. */
function checkFigures(question: SaleQuestion): RemainingStockFindings | undefined {
  const { evidence, view, sale, soldOuts, stock, openIsSold, remaining } = question;
  if (evidence.contract.exactRemaining !== true || view.initialLo !== view.initialHi)
    return undefined;
  const rows = figureRows(sale);
  const told = Float64Array.from(
    rows,
    (row) => remaining[sale.orders[row]?.ordinal ?? -1] ?? Number.NaN,
  );
  if (told.some(Number.isNaN)) return undefined;
  const isTold = new Set(rows);
  const others = sale.sentNs.filter(
    (_, row) => !isTold.has(row) && (openIsSold || sale.taken[row] !== 'open'),
  );
  return checkRemainingStock({
    stock,
    okSentNs: Float64Array.from(rows, (row) => sale.sentNs[row] ?? 0),
    okDoneNs: Float64Array.from(rows, (row) => sale.orders[row]?.okNs ?? 0),
    okRemaining: told,
    infoSentNs: Float64Array.from(others),
    soldOutDoneNs: soldOuts.doneNs,
  });
}

/** Rows of the sale that an ok answer speaks of: C4 numbers them in this order. */
export function figureRows({ taken, orders }: ProductSale): number[] {
  const rows: number[] = [];
  taken.forEach((kind, row) => {
    if (kind === 'sold' && orders[row]?.outcome === 'ok') rows.push(row);
  });
  return rows;
}

function checkBounds({ view, sale, soldOuts, stock, openIsSold }: SaleQuestion): SaleFindings {
  const { restocks } = view;
  const bounds = checkStockBounds({
    stockLo: stock,
    stockHi: view.initialHi,
    orders: openIsSold ? sale.columnsOf('sold', 'extra', 'open') : sale.columnsOf('sold', 'extra'),
    restocks: {
      sentNs: Float64Array.from(restocks, ({ sentNs }) => sentNs),
      doneNs: Float64Array.from(restocks, ({ doneNs }) => doneNs),
      units: Float64Array.from(restocks, ({ units }) => units),
    },
    soldOuts,
  });
  return {
    wrongAnswers: bounds.falseSoldOuts.length,
    falseSoldOuts: bounds.falseSoldOuts.length,
    lateSales: 0,
    wrongFigures: 0,
    oversoldUnits: bounds.oversoldUnits,
    unit: undefined,
    bounds,
    figures: undefined,
  };
}
