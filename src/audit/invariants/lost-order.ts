import { counted, whenOf, witnessOfOrder } from '../describe.ts';
import type { Evidence } from '../evidence.ts';
import { type EvidenceIndex, isAcknowledged, type ProductView } from '../evidence-index.ts';
import { conclude, type Finding, gravest, type Invariant, WitnessCollector } from '../invariant.ts';
import { type LogicalOrder, liveRows, mayBeCancelled, soldByNs } from '../logical-order.ts';

/**
 * I4: orders that were acknowledged and are not there.
 *
 * K_ok \ keys(D and pending), without the keys that the run itself asked to cancel. Without a settled
 * snapshot an acknowledged order that the last look-up does not find, or finds refused or withdrawn, is
 * lost for certain, and one that was not looked up may be.
 *
 * Source: "lost" elements of Jepsen's set checker (https://github.com/jepsen-io/jepsen).
 */
export const lostOrder: Invariant = {
  id: 'I4',
  name: 'lostOrder',
  title: 'Acknowledged orders that the store does not hold',
  needs: ['responses', 'status', 'snapshot'],
  judge: (evidence, index) =>
    conclude(
      lostOrder,
      'orders',
      gravest(index.products.map((product) => judgeProduct(evidence, index, product))),
    ),
};

function judgeProduct(evidence: Evidence, index: EvidenceIndex, product: ProductView): Finding {
  const { prefix } = product;
  // An order that its buyer asked to withdraw may be gone with good reason.
  const kept = product.traced.filter((order) => isAcknowledged(order) && !mayBeCancelled(order));
  if (index.snapshot === 'unsettled' && kept.length > 0) {
    return { lo: 0, hi: kept.length, reason: `${prefix}${index.snapshotNote}` };
  }
  const isLost = (order: LogicalOrder): boolean =>
    index.snapshot === 'settled' ? liveRows(order) === 0 : isGone(order);
  const lost = kept.filter(isLost);
  const open = index.snapshot === 'settled' ? 0 : count(kept, ({ lookUp }) => lookUp === 'none');
  const collector = new WitnessCollector();
  for (const order of lost) {
    const atNs = soldByNs(order);
    collector.add(atNs, order.quantity, () =>
      witnessOfOrder(evidence, order, atNs, (key) => {
        const when = whenOf(evidence, atNs);
        const id = order.orderIds[0] ?? 'without an id';
        return `${product.contract.id}: ${key} was acknowledged ${when} as ${id} and is not there`;
      }),
    );
  }
  return {
    lo: lost.length,
    hi: lost.length + open,
    witnesses: collector.toWitnesses(),
    reason: reasonOf(index, prefix, lost.length, open),
  };
}

/** The server itself says so: by the last look-up the order is not there. */
function isGone({ lookUp }: LogicalOrder): boolean {
  return lookUp !== 'none' && lookUp !== 'found';
}

function reasonOf(
  index: EvidenceIndex,
  prefix: string,
  lost: number,
  open: number,
): string | undefined {
  if (lost > 0) return `${prefix}${counted(lost, 'acknowledged order')} missing`;
  if (open === 0) return undefined;
  return `${prefix}${index.snapshotNote}: ${counted(open, 'acknowledged order')} not looked up`;
}

function count<T>(items: readonly T[], test: (item: T) => boolean): number {
  return items.reduce((sum, item) => sum + (test(item) ? 1 : 0), 0);
}
