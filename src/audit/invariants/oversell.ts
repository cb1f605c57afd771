import { type HoldChange, peakHold } from '../checkers/peak-hold.ts';
import { counted, whenOf, witnessOfOrder, witnessOfRow } from '../describe.ts';
import type { Evidence } from '../evidence.ts';
import {
  type EvidenceIndex,
  isAcknowledged,
  mayStand,
  type ProductView,
} from '../evidence-index.ts';
import { conclude, type Finding, gravest, type Invariant, WitnessCollector } from '../invariant.ts';
import { type LogicalOrder, mayBeCancelled, soldByNs } from '../logical-order.ts';
import { stockDoubt } from '../product-view.ts';

/**
 * I1: more units sold or promised than there were.
 *
 * With S the stock and all restocks, D the confirmed rows of the store, A the orders that were
 * acknowledged, U those whose end is open, X⁻ and X⁺ the certain and the possible cancellations, and q(…)
 * the units in a set of orders:
 * - lo is the largest of 0; q(D) − S; q(D ∪ A) − S; and, by checker C2, max over t of (A answered by t − X⁺
 *   asked for by t − restocks asked for by t) − the stock at the opening;
 * - hi is q(D ∪ A) with pending and foreign rows − S by a settled snapshot, else A + U − X⁻ − S.
 *
 * Source: the bounds of Jepsen's counter checker (https://github.com/jepsen-io/jepsen): what was
 * acknowledged bounds from below, what was attempted from above.
 */
export const oversell: Invariant = {
  id: 'I1',
  name: 'oversell',
  title: 'Units sold beyond the stock',
  needs: ['responses', 'status', 'snapshot'],
  judge: (evidence, index) =>
    conclude(
      oversell,
      'units',
      gravest(index.products.map((product) => judgeProduct(evidence, index, product))),
    ),
};

function judgeProduct(evidence: Evidence, index: EvidenceIndex, product: ProductView): Finding {
  const { stockLo, stockHi, prefix } = product;
  const promised = lastingUnits(index, product) + unitsOf(product.traced.filter(isPromisedOnly));
  const inTheEnd = Math.max(product.certainUnits, promised) - stockHi;
  const lo = Math.max(0, peakUnits(index, product) - product.initialHi, inTheEnd);
  const possible = promised + possibleUnits(index, product);
  const hi = index.snapshot === 'unsettled' ? null : Math.max(lo, possible - stockLo);
  const reason = lo > 0 && inTheEnd <= 0 ? earlyReason(product, lo) : undefined;
  return { lo, hi, reason: reason ?? reasonOf(index, product, lo, hi, prefix), ...witnesses() };

  function witnesses(): Pick<Finding, 'witnesses'> {
    return lo === 0 ? {} : { witnesses: findWitnesses(evidence, product, lo) };
  }
}

/** Too many at one time, though not in the end: units came back or were brought afterwards. */
function earlyReason({ prefix, initialHi, restocks }: ProductView, lo: number): string {
  const since = restocks.length === 0 ? 'came back' : 'came back or were restocked';
  const stock = counted(initialHi, 'unit');
  return `${prefix}${counted(lo, 'unit')} more than the stock of ${stock} were sold before others ${since}`;
}

/** Units of rows that are still there now: what a restless snapshot held may have been withdrawn. */
function lastingUnits(index: EvidenceIndex, product: ProductView): number {
  if (index.snapshot !== 'unsettled') return product.certainUnits;
  const withdrawn = product.traced.filter(mayBeCancelled);
  return product.certainUnits - withdrawn.reduce((sum, order) => sum + rowUnits(order), 0);
}

function rowUnits(order: LogicalOrder): number {
  return order.confirmedUnits;
}

/** Acknowledged, never withdrawn, and without a row: promised, and not counted among the rows. */
function isPromisedOnly(order: LogicalOrder): boolean {
  return isAcknowledged(order) && !mayBeCancelled(order) && order.confirmedRows === 0;
}

function unitsOf(orders: readonly { readonly quantity: number }[]): number {
  return orders.reduce((sum, { quantity }) => sum + quantity, 0);
}

/** Units that may have been sold besides those that were for certain. */
function possibleUnits(index: EvidenceIndex, product: ProductView): number {
  // Acknowledged orders with a pending row count among the promised ones already.
  const promised = product.traced.filter((order) => isPromisedOnly(order) && order.pendingRows > 0);
  const pending = Math.max(0, product.pendingUnits - unitsOf(promised));
  const rows = pending + product.foreignUnits;
  if (index.snapshot === 'settled') return rows;
  const open = product.traced.filter((order) => mayStand(order, index.snapshot));
  return rows + unitsOf(open) + unitsOf(product.reuses);
}

/**
 * The most units beyond restocks that were sold for certain at one instant: acknowledged by then, not
 * yet asked to be withdrawn, and not brought by a restock that was asked for by then.
 */
function peakUnits({ clockProblems }: EvidenceIndex, product: ProductView): number {
  const acknowledged = product.traced.filter(isAcknowledged);
  const { restocks } = product;
  if (restocks.length === 0 && !acknowledged.some(mayBeCancelled)) return unitsOf(acknowledged);
  if (clockProblems.length > 0) return 0;
  const changes = restocks.map(
    ({ sentNs, units }): HoldChange => ({ atNs: sentNs, delta: -units }),
  );
  for (const order of acknowledged) {
    const withdrawnNs = mayBeCancelled(order)
      ? order.details.cancelSentNs
      : Number.POSITIVE_INFINITY;
    if (!(soldByNs(order) < withdrawnNs)) continue;
    changes.push({ atNs: soldByNs(order), delta: order.quantity });
    if (withdrawnNs < Number.POSITIVE_INFINITY) {
      changes.push({ atNs: withdrawnNs, delta: -order.quantity });
    }
  }
  return peakHold(changes);
}

function reasonOf(
  index: EvidenceIndex,
  product: ProductView,
  lo: number,
  hi: number | null,
  prefix: string,
): string | undefined {
  if (lo > 0) {
    const stock = counted(product.stockHi, 'unit');
    return `${prefix}${counted(lo, 'unit')} more than the stock of ${stock} were sold or promised`;
  }
  if (hi === null) return `${prefix}${index.snapshotNote}`;
  if (hi === 0) return undefined;
  if (product.foreignUnits > 0) {
    return `${prefix}foreign traffic: ${counted(product.foreignUnits, 'unit')} may be of others`;
  }
  const doubt = stockDoubt(product);
  if (doubt !== undefined) return `${prefix}${doubt}`;
  const why = index.snapshotNote === '' ? '' : ` (${index.snapshotNote})`;
  return `${prefix}nobody knows how some orders ended: ${counted(hi, 'unit')} may be too many${why}`;
}

interface Sale {
  readonly atNs: number;
  readonly units: number;
  readonly order: LogicalOrder;
}

/** The sales beyond the last unit that was there by then, in order of time. */
function findWitnesses(evidence: Evidence, product: ProductView, lo: number) {
  const collector = new WitnessCollector();
  const sales = product.traced.filter(isSale).map(
    (order): Sale => ({
      atNs: isAcknowledged(order) ? soldByNs(order) : order.firstSentNs,
      units: Math.max(order.quantity, order.confirmedUnits),
      order,
    }),
  );
  sales.sort((a, b) => a.atNs - b.atNs);
  let sold = 0;
  for (const { atNs, units, order } of sales) {
    sold += units;
    const stock = stockBy(product, atNs);
    if (sold <= stock) continue;
    const unit = sold;
    collector.add(atNs, Math.min(units, sold - stock), () =>
      witnessOfOrder(evidence, order, atNs, (key) => {
        const what = `${product.contract.id}: order ${key} of ${evidence.names.userOf(order.user)}`;
        return `${what} took unit ${unit} of ${stock}, ${whenOf(evidence, atNs)}`;
      }),
    );
  }
  for (const { row } of product.strangers) {
    sold += row.quantity;
    if (sold <= product.stockHi || collector.count >= lo) continue;
    collector.add(Number.NaN, row.quantity, () =>
      witnessOfRow(row, `${product.contract.id}: row ${row.id} is beyond the stock`),
    );
  }
  if (collector.count === 0) {
    const summary = `${product.contract.id}: ${counted(lo, 'unit')} too many were sold at one time`;
    collector.add(Number.NaN, lo, () => ({ summary, attempts: [] }));
  }
  return collector.toWitnesses();
}

/** Units that may have been brought by `atNs`, the initial ones included. */
function stockBy({ initialHi, restocks }: ProductView, atNs: number): number {
  return restocks.reduce((sum, { sentNs, units }) => sum + (sentNs > atNs ? 0 : units), initialHi);
}

function isSale(order: LogicalOrder): boolean {
  return order.confirmedRows > 0 || (isAcknowledged(order) && !mayBeCancelled(order));
}
