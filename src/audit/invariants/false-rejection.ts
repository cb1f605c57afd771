import { counted, whenOf, witnessOfOrder } from '../describe.ts';
import type { Evidence } from '../evidence.ts';
import type { EvidenceIndex, ProductView } from '../evidence-index.ts';
import { conclude, type Finding, gravest, type Invariant, WitnessCollector } from '../invariant.ts';
import type { LogicalOrder } from '../logical-order.ts';

/** I5: orders that were refused and made all the same. */
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
  const refused = product.orders.filter(({ outcome }) => outcome === 'fail');
  if (index.snapshot === 'unsettled' && refused.length > 0) {
    return { lo: 0, hi: refused.length, reason: `${prefix}${index.snapshotNote}` };
  }
  if (evidence.interrupted && refused.length > 0) {
    // A later attempt under the same key may have succeeded and not be recorded.
    return { lo: 0, hi: refused.length, reason: `${prefix}interrupted: attempts may be missing` };
  }
  const settled = index.snapshot === 'settled';
  const made = refused.filter((order) =>
    settled ? order.confirmedRows > 0 : order.lookUp === 'found',
  );
  const open = refused.filter((order) =>
    settled ? order.confirmedRows === 0 && order.pendingRows > 0 : order.lookUp === 'none',
  ).length;
  return {
    lo: made.length,
    hi: made.length + open,
    witnesses: findWitnesses(evidence, product, made),
    reason: reasonOf(index, prefix, made.length, open),
  };
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
    ? `${prefix}${counted(open, 'refused order')} still pending in the store`
    : `${prefix}${index.snapshotNote}: ${counted(open, 'refused order')} not looked up`;
}

function findWitnesses(evidence: Evidence, product: ProductView, made: readonly LogicalOrder[]) {
  const collector = new WitnessCollector();
  for (const order of made) {
    collector.add(order.firstSentNs, order.quantity, () => {
      const witness = witnessOfOrder(evidence, order, order.firstSentNs, (key) => {
        const when = whenOf(evidence, order.firstSentNs);
        const { code } = evidence.attempts.read(order.lastAttempt);
        return `${product.contract.id}: ${key}, sent ${when}, was told ${code} and was made`;
      });
      return { ...witness, attempts: [...new Set([order.firstAttempt, order.lastAttempt])] };
    });
  }
  return collector.toWitnesses();
}
