import { counted } from '../describe.ts';
import type { EvidenceIndex, ProductView } from '../evidence-index.ts';
import { conclude, type Finding, gravest, type Invariant, WitnessCollector } from '../invariant.ts';

/** I11: what was there is not what is left and what was sold. */
export const conservation: Invariant = {
  id: 'I11',
  name: 'conservation',
  title: 'Units that appeared or vanished',
  needs: ['snapshot'],
  judge: (_evidence, index) =>
    conclude(
      conservation,
      'units',
      gravest(index.products.map((product) => judgeProduct(index, product))),
    ),
};

function judgeProduct(index: EvidenceIndex, product: ProductView): Finding {
  const { prefix, truth, stockLo, stockHi } = product;
  if (index.snapshot !== 'settled') {
    return { lo: 0, hi: null, reason: `${prefix}${index.snapshotNote}` };
  }
  if (truth === undefined) {
    return { lo: 0, hi: null, reason: `${prefix}the snapshot lacks the product` };
  }
  const ownUnits = product.certainUnits + product.pendingUnits;
  // Foreign rows may be of this stock or of an earlier sale.
  const least = stockLo - (truth.remaining + ownUnits + product.foreignUnits);
  const most = stockHi - (truth.remaining + ownUnits);
  const lo = least <= 0 && most >= 0 ? 0 : Math.min(Math.abs(least), Math.abs(most));
  const hi = Math.max(Math.abs(least), Math.abs(most));
  if (hi === 0) return { lo, hi };
  if (lo === 0) {
    const why = product.foreignUnits > 0 ? 'foreign traffic' : 'contract and store disagree';
    return { lo, hi, reason: `${prefix}${why}: ${least} to ${most} units missing` };
  }
  const kind =
    least > 0
      ? `${counted(lo, 'unit')} leaked: neither left nor sold`
      : `${counted(lo, 'unit')} of phantom stock: more left and sold than there was`;
  const sum = `${stockHi} at the start, ${truth.remaining} left, ${ownUnits} in orders`;
  const collector = new WitnessCollector();
  collector.add(Number.NaN, lo, () => ({
    summary: `${product.contract.id}: ${sum}`,
    attempts: [],
  }));
  return { lo, hi, reason: `${prefix}${kind} (${sum})`, witnesses: collector.toWitnesses() };
}
