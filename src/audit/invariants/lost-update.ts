import type { LedgerEntry } from '../../history/truth.ts';
import { counted } from '../describe.ts';
import type { Evidence } from '../evidence.ts';
import type { EvidenceIndex, ProductView } from '../evidence-index.ts';
import { conclude, type Finding, gravest, type Invariant, WitnessCollector } from '../invariant.ts';
import { isOrdered, ledgerDoubt, ledgerOf, withoutOrder } from '../ledger.ts';

/**
 * I12: movements of stock that were computed from a value that another had changed meanwhile.
 *
 * lo is the larger of two counts of ledger rows: those that took units and left a stock that another had
 * left, with nothing brought back between them; and, whatever the order of the rows, the units by which
 * more rows took the stock through some level than brought it back, plus one, over the most units of a
 * row: the stock cannot fall through one level twice without rising in between. hi is 0 when the rows can
 * be put one after the other, each from where the last left.
 *
 * Source: the lost update, P4, of Berenson et al., A Critique of ANSI SQL Isolation Levels (SIGMOD 1995).
 */
export const lostUpdate: Invariant = {
  id: 'I12',
  name: 'lostUpdate',
  title: 'Movements of stock that overwrote another',
  needs: ['ledger'],
  notApplicable: withoutOrder,
  judge: (evidence, index) =>
    conclude(
      lostUpdate,
      'rows',
      gravest(
        index.products
          .filter(({ truth }) => truth === undefined || isOrdered(truth))
          .map((product) => judgeProduct(evidence, index, product)),
      ),
    ),
};

function judgeProduct(evidence: Evidence, index: EvidenceIndex, product: ProductView): Finding {
  const { prefix, contract } = product;
  const doubt = ledgerDoubt(evidence, index);
  if (doubt !== undefined) return { lo: 0, hi: null, reason: `${prefix}${doubt}` };
  const rows = (ledgerOf(index.truth) ?? []).filter(
    ({ productId, delta }) => productId === contract.id && delta !== 0,
  );
  const overwriting = rowsThatOverwrote(rows);
  const proved = Math.max(overwriting.length, rowsTooManyByLevel(rows));
  const hi = Math.max(proved, rowsWithoutOrigin(rows));
  const absent = restocksMissing(product, rows);
  if (absent > 0 && hi > 0) {
    const why = `the ledger lacks ${counted(absent, 'unit')} that may have been restocked`;
    return { lo: 0, hi, reason: `${prefix}${why}` };
  }
  if (proved === 0) {
    const why = `${counted(hi, 'row')} of the ledger do not follow from another: it has gaps`;
    return { lo: 0, hi, reason: hi === 0 ? undefined : `${prefix}${why}` };
  }
  const reason = `${prefix}${counted(proved, 'movement')} overwrote another`;
  return {
    lo: proved,
    hi,
    reason,
    witnesses: findWitnesses(contract.id, rows, overwriting, proved),
  };
}

interface Overwriting {
  readonly entry: LedgerEntry;
  /** The row whose stock it left again. */
  readonly earlier: LedgerEntry;
}

/** Rows that took units and left a stock that another had left, with nothing brought back between. */
function rowsThatOverwrote(rows: readonly LedgerEntry[]): readonly Overwriting[] {
  const found: Overwriting[] = [];
  const byStock = new Map<number, LedgerEntry>();
  for (const entry of rows) {
    if (entry.delta > 0) byStock.clear();
    const earlier = byStock.get(entry.stockAfter);
    if (earlier === undefined) byStock.set(entry.stockAfter, entry);
    else found.push({ entry, earlier });
  }
  return found;
}

/**
 * Rows that overwrote another for certain, whatever their order: units by which more fell through each
 * level than rose through it, beyond the one that may, over the most units of a row.
 */
function rowsTooManyByLevel(rows: readonly LedgerEntry[]): number {
  const changes = new Map<number, number>();
  const add = (level: number, net: number): void => {
    changes.set(level, (changes.get(level) ?? 0) + net);
  };
  let largest = 1;
  for (const { delta, stockAfter } of rows) {
    // Down from b to a is one fall more on [a, b); up from a to b is one fewer.
    add(stockAfter, 1);
    add(stockAfter - delta, -1);
    largest = Math.max(largest, -delta);
  }
  const levels = [...changes.keys()].sort((a, b) => a - b);
  let net = 0;
  let units = 0;
  for (const [position, level] of levels.entries()) {
    net += changes.get(level) ?? 0;
    const width = (levels[position + 1] ?? level) - level;
    units += Math.max(0, net - 1) * width;
  }
  return Math.ceil(units / largest);
}

/** Rows whose starting stock no other left, beyond the first: none when they make one sequence. */
function rowsWithoutOrigin(rows: readonly LedgerEntry[]): number {
  const balance = new Map<number, number>();
  for (const { delta, stockAfter } of rows) {
    balance.set(stockAfter, (balance.get(stockAfter) ?? 0) - 1);
    const before = stockAfter - delta;
    balance.set(before, (balance.get(before) ?? 0) + 1);
  }
  let origins = 0;
  for (const value of balance.values()) origins += Math.max(0, value);
  return Math.max(0, origins - 1);
}

/** Units restocked for all that is known, of which the ledger has no row. */
function restocksMissing({ restocks }: ProductView, rows: readonly LedgerEntry[]): number {
  const asked = restocks.reduce((sum, { units }) => sum + units, 0);
  const entered = rows.reduce(
    (sum, { key, delta }) => sum + (key === null && delta > 0 ? delta : 0),
    0,
  );
  return Math.max(0, asked - entered);
}

function findWitnesses(
  productId: string,
  rows: readonly LedgerEntry[],
  overwriting: readonly Overwriting[],
  proved: number,
) {
  const collector = new WitnessCollector();
  for (const { entry, earlier } of overwriting) {
    collector.add(entry.seq, -entry.delta, () => ({
      summary:
        `${productId}: ledger entry ${entry.seq} (${entry.delta}) left the stock at ${entry.stockAfter}, ` +
        `as entry ${earlier.seq} (${earlier.delta}) had before`,
      attempts: [],
      keys: [earlier.key, entry.key].filter((key) => key !== null),
    }));
  }
  if (collector.count === 0) {
    const summary = `${productId}: of ${counted(rows.length, 'ledger row')} ${proved} took units that another had taken`;
    collector.add(Number.NaN, proved, () => ({ summary, attempts: [] }));
  }
  return collector.toWitnesses();
}
