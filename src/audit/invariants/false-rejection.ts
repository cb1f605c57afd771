import { counted, whenOf, witnessOfOrder } from '../describe.ts';
import type { Evidence } from '../evidence.ts';
import type { EvidenceIndex, ProductView } from '../evidence-index.ts';
import { conclude, type Finding, gravest, type Invariant, WitnessCollector } from '../invariant.ts';
import { type LogicalOrder, wasFound } from '../logical-order.ts';

/**
 * I5: orders that were refused and made all the same.
 *
 * K_fail ∩ keys(D): all attempts failed, or the order was accepted and then decided against; and orders
 * that were told sold-out while another attempt under the key was open and no unit came back since.
 *
 * Source: a failed operation must not have taken place, as in Jepsen's histories
 * (https://github.com/jepsen-io/jepsen/blob/main/doc/tutorial/03-client.md).
 */
export const falseRejection: Invariant = {
  id: 'I5',
  name: 'falseRejection',
  title: 'Refused orders that the store holds',
  needs: ['responses', 'status', 'snapshot'],
  judge: (evidence, index) =>
    conclude(
      falseRejection,
      'orders',
      gravest(index.products.map((product) => judgeProduct(evidence, index, product))),
    ),
};

function judgeProduct(evidence: Evidence, index: EvidenceIndex, product: ProductView): Finding {
  const { prefix } = product;
  const isDecided = index.snapshot === 'settled' && !evidence.interrupted;
  // A snapshot at rest shows of all others that they were not made.
  const orders = isDecided ? product.traced : product.orders.filter(() => true);
  const refused = orders.filter(
    (order) => isRefused(order) || isContradicted(order, index, product),
  );
  if (index.snapshot === 'unsettled' && refused.length > 0) {
    return { lo: 0, hi: refused.length, reason: `${prefix}${index.snapshotNote}` };
  }
  if (evidence.interrupted && refused.length > 0) {
    // A later attempt under the same key may have succeeded and not be recorded.
    return { lo: 0, hi: refused.length, reason: `${prefix}interrupted: attempts may be missing` };
  }
  const settled = index.snapshot === 'settled';
  // What came of another payload under the key may be what the store holds.
  const reused = new Set(
    index.reuses.flatMap(({ order, outcome }) => (outcome === 'fail' ? [] : [order])),
  );
  const isMade = (order: LogicalOrder): boolean =>
    settled ? order.confirmedRows > 0 : wasFound(order) || order.lookUp === 'cancelled';
  const made = refused.filter((order) => isMade(order) && !reused.has(order));
  const open = refused.filter((order) => {
    if (isMade(order)) return reused.has(order);
    return settled ? order.pendingRows > 0 : order.lookUp === 'none';
  }).length;
  return {
    lo: made.length,
    hi: made.length + open,
    witnesses: findWitnesses(evidence, product, made),
    reason: reasonOf(index, prefix, made.length, open),
  };
}

/**
 * Told sold-out although another attempt under the key may have bought, with no unit coming back
 * since. If the store has the order, that answer was false: either the order was there already, or the
 * units that it took later were.
 */
function isContradicted(
  { outcome, soldOutAttempt, soldOutSentNs }: LogicalOrder,
  { clockProblems }: EvidenceIndex,
  { foreignUnits, lastReturnNs }: ProductView,
): boolean {
  const sinceReturns =
    lastReturnNs === Number.NEGATIVE_INFINITY ||
    (clockProblems.length === 0 && soldOutSentNs > lastReturnNs);
  return outcome === 'info' && soldOutAttempt >= 0 && foreignUnits === 0 && sinceReturns;
}

/** Refused by every answer, or accepted for later and then decided against. */
function isRefused({ outcome, lookUp }: LogicalOrder): boolean {
  return outcome === 'fail' || (outcome === 'info' && lookUp === 'refused');
}

function reasonOf(
  index: EvidenceIndex,
  prefix: string,
  made: number,
  open: number,
): string | undefined {
  if (made > 0) return `${prefix}${counted(made, 'order')} refused to the buyer, and made`;
  if (open === 0) return undefined;
  return index.snapshot === 'settled'
    ? `${prefix}${counted(open, 'refused order')} still pending in the store, or made by a reused key`
    : `${prefix}${index.snapshotNote}: ${counted(open, 'refused order')} not looked up`;
}

/** Where the buyer was refused last. */
function tellingAttempt(order: LogicalOrder): number {
  const { outcome, details, lastAttempt, soldOutAttempt } = order;
  if (isRefused(order)) return outcome === 'info' ? details.lookUpAttempt : lastAttempt;
  return soldOutAttempt;
}

function findWitnesses(evidence: Evidence, product: ProductView, made: readonly LogicalOrder[]) {
  const collector = new WitnessCollector();
  for (const order of made) {
    collector.add(order.firstSentNs, order.quantity, () => {
      const witness = witnessOfOrder(evidence, order, order.firstSentNs, (key) => {
        const when = whenOf(evidence, order.firstSentNs);
        const { code } = evidence.attempts.read(tellingAttempt(order));
        return `${product.contract.id}: ${key}, sent ${when}, was told ${code} and was made`;
      });
      return { ...witness, attempts: [...new Set([order.firstAttempt, tellingAttempt(order)])] };
    });
  }
  return collector.toWitnesses();
}
