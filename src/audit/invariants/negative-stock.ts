import { counted } from '../describe.ts';
import type { EvidenceIndex, ProductView } from '../evidence-index.ts';
import { conclude, type Finding, gravest, type Invariant, WitnessCollector } from '../invariant.ts';

/** I10: the authoritative stock went below zero. */
export const negativeStock: Invariant = {
  id: 'I10',
  name: 'negativeStock',
  title: 'Units that the stock went below zero',
  needs: ['snapshot'],
  judge: (_evidence, index) =>
    conclude(
      negativeStock,
      'units',
      gravest(index.products.map((product) => judgeProduct(index, product))),
    ),
};

function judgeProduct(index: EvidenceIndex, product: ProductView): Finding {
  const { prefix, contract, truth } = product;
  const collector = new WitnessCollector();
  let depth = 0;
  for (const entry of index.truth?.ledger ?? []) {
    if (entry.productId !== contract.id || entry.stockAfter >= 0) continue;
    depth = Math.max(depth, -entry.stockAfter);
    collector.add(entry.seq, -entry.stockAfter, () => ({
      summary: `${contract.id}: ledger entry ${entry.seq} left the stock at ${entry.stockAfter}`,
      attempts: [],
      ...(entry.key === null ? {} : { keys: [entry.key] }),
    }));
  }
  const settled = index.snapshot === 'settled' && truth !== undefined;
  // In motion a counter may dip below zero for a moment and come back; at rest it may not.
  if (settled && truth.remaining < 0) {
    depth = Math.max(depth, -truth.remaining);
    collector.add(Number.NaN, -truth.remaining, () => ({
      summary: `${contract.id}: the store says that ${truth.remaining} are left`,
      attempts: [],
    }));
  }
  const reason =
    depth > 0
      ? `${prefix}the stock was ${counted(depth, 'unit')} below zero`
      : settled
        ? undefined
        : `${prefix}${index.snapshotNote || 'the snapshot lacks the product'}`;
  return { lo: depth, hi: settled ? depth : null, reason, witnesses: collector.toWitnesses() };
}
