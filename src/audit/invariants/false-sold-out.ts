import type { TruthOrder } from '../../history/truth.ts';
import { counted } from '../describe.ts';
import type { Evidence } from '../evidence.ts';
import type { EvidenceIndex, ProductView } from '../evidence-index.ts';
import { conclude, type Finding, gravest, type Invariant } from '../invariant.ts';
import { checkSale, type SaleFindings } from '../stock/check-sale.ts';
import { ProductSale, withdrawnStrangers } from '../stock/product-sale.ts';
import { witnessesOf } from '../stock/sold-out-witnesses.ts';
import { readStockOperations, type StockOperations } from '../stock/stock-operations.ts';

/**
 * I3: answers that the stock does not explain: "sold-out" while units were left, and a sale after
 * "sold-out" was true. Per product, by
 *
 * - C3 (exact) when all moved single units and none came back;
 * - C4 (exact) as well when the contract promises `exactRemaining` and every ok answer told it;
 * - C5 (bounds) else.
 *
 * An order may have taken its units since its first attempt that was not refused was sent, and had taken
 * them when its earliest ok was complete. Each attempt that was told sold-out is an answer of its own,
 * over its own [sent, done]. The figure is the least number of answers that have to be wrong. What is
 * open counts as sold in `lo` and as not sold in `hi`.
 *
 * Source: linearizability (Herlihy and Wing 1990); the conditions of C3 and C4 are derived for flashsim and
 * compared with exhaustive search.
 */
export const falseSoldOut: Invariant = {
  id: 'I3',
  name: 'falseSoldOut',
  title: 'Answers that the stock does not explain',
  needs: ['responses', 'status', 'snapshot'],
  byTime: true,
  judge: (evidence, index) => {
    const read = readStockOperations(evidence, index);
    const withdrawn = withdrawnStrangers(evidence, index);
    const findings = index.products.map((view) => {
      const strangers = withdrawn.get(view.contract.id) ?? [];
      return judgeProduct(evidence, index, view, read, strangers);
    });
    return conclude(falseSoldOut, 'answers', gravest(findings));
  },
};

function judgeProduct(
  evidence: Evidence,
  index: EvidenceIndex,
  view: ProductView,
  read: StockOperations,
  strangers: readonly TruthOrder[],
): Finding {
  const soldOuts = read.soldOuts[view.index];
  const promisesFigures = evidence.contract.exactRemaining === true;
  if (soldOuts === undefined || (soldOuts.length === 0 && !promisesFigures)) {
    return { lo: 0, hi: 0 };
  }
  const sale = new ProductSale(evidence, index, view, read, strangers);
  const question = { evidence, view, sale, soldOuts, remaining: read.remaining } as const;
  const least = checkSale({ ...question, stock: view.initialLo, openIsSold: true });
  const isExact = !sale.hasOpen && view.initialLo === view.initialHi;
  const most = isExact
    ? least
    : checkSale({ ...question, stock: view.initialHi, openIsSold: false });
  const doubt = doubtOf(evidence, index);
  const lo = doubt === undefined ? least.wrongAnswers : 0;
  const hi = Math.max(least.wrongAnswers, most.wrongAnswers);
  if (lo > 0) {
    const reason = `${view.prefix}${describe(least)}`;
    return { lo, hi, reason, witnesses: witnessesOf(evidence, index, view, soldOuts, sale, least) };
  }
  return { lo, hi, reason: reasonOf(promisesFigures, index, view, hi, doubt, least) };
}

/** Why nothing can be proved by what the record lacks: units may have moved that it does not know of. */
function doubtOf(evidence: Evidence, index: EvidenceIndex): string | undefined {
  if (evidence.interrupted) {
    return 'the run was interrupted, and requests that are missing from the record may explain them';
  }
  if (evidence.exclusive || index.snapshot === 'settled') return undefined;
  return `others may have bought units, or given some back (${index.snapshotNote})`;
}

function describe({ falseSoldOuts, lateSales, wrongFigures, oversoldUnits }: SaleFindings): string {
  const wrong = [
    `${counted(falseSoldOuts, 'false sold-out')} (units were left)`,
    `${counted(lateSales, 'late sale')} (sent after somebody had been told sold-out)`,
    ...(wrongFigures === 0
      ? []
      : [`${counted(wrongFigures, 'impossible figure')} of what was left`]),
  ];
  return `${wrong.join(', ')}${oversellNote(oversoldUnits)}`;
}

function oversellNote(units: number): string {
  return units === 0 ? '' : `; ${counted(units, 'unit')} sold beyond the stock, see oversell`;
}

/** What an ok answer told was left is checked only where C4 applies. */
function figuresNote(promised: boolean, { figures }: SaleFindings): string {
  return promised && figures === undefined
    ? '; what was told to be left was not checked: units came back, orders were of several units, the stock is not certain, or an answer told nothing'
    : '';
}

function reasonOf(
  promisesFigures: boolean,
  index: EvidenceIndex,
  view: ProductView,
  hi: number,
  doubt: string | undefined,
  least: SaleFindings,
): string | undefined {
  const { initialLo, initialHi, foreignUnits, prefix } = view;
  if (hi === 0) {
    const note = `${oversellNote(least.oversoldUnits)}${figuresNote(promisesFigures, least)}`;
    return note === '' ? undefined : `${prefix}every answer has its explanation${note}`;
  }
  const upTo = `${prefix}up to ${counted(hi, 'answer')} may be wrong`;
  if (doubt !== undefined) return `${upTo}: ${doubt}`;
  if (initialLo !== initialHi) {
    return `${upTo}: contract and store disagree about the stock (${initialLo}, ${initialHi})`;
  }
  if (foreignUnits > 0) {
    return `${upTo}: foreign traffic: ${counted(foreignUnits, 'unit')} may have been bought by others before`;
  }
  const why = index.snapshotNote === '' ? '' : ` (${index.snapshotNote})`;
  return `${upTo}: nobody knows whether some orders were served before${why}`;
}
