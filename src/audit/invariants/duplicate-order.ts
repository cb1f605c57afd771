import { counted, witnessOfOrder } from '../describe.ts';
import type { Evidence } from '../evidence.ts';
import type { EvidenceIndex, ProductView } from '../evidence-index.ts';
import { conclude, type Finding, gravest, type Invariant, WitnessCollector } from '../invariant.ts';
import { type LogicalOrder, liveRows } from '../logical-order.ts';

/**
 * I7: more than one order under one idempotency key.
 *
 * Σ over keys of the larger of (rows − 1) and (different order ids that were answered − 1).
 *
 * Source: draft-ietf-httpapi-idempotency-key-header: a request that is repeated with its key must not be
 * processed again.
 */
export const duplicateOrder: Invariant = {
  id: 'I7',
  name: 'duplicateOrder',
  title: 'Extra orders under one idempotency key',
  needs: ['responses', 'snapshot'],
  judge: (evidence, index) =>
    conclude(
      duplicateOrder,
      'orders',
      gravest(index.products.map((product) => judgeProduct(evidence, index, product))),
    ),
};

/** Orders beyond the first that a key has for certain: by rows, or by the ids that were answered. */
function extraOrders(order: LogicalOrder, reused: ReadonlySet<LogicalOrder>): number {
  const extraRows = Math.max(0, order.confirmedRows - 1);
  const { orderIds, details } = order;
  // Nearly every order: no set is made for it.
  if (orderIds.length + details.acceptedIds.length < 2) return extraRows;
  return Math.max(extraRows, toldIds(order, reused).size - 1);
}

/**
 * The ids that a key's order was told to have. One that was accepted for later (202) and refused may
 * be queued anew under another id when it is sent again; a key that was sent once has one order.
 *
 * @param reused keys that came with another payload too, of which any id may be
 */
function toldIds(order: LogicalOrder, reused: ReadonlySet<LogicalOrder>): ReadonlySet<string> {
  const { attempts, orderIds, details } = order;
  const sentOnce = attempts === 1 && !reused.has(order);
  return new Set(sentOnce ? [...details.acceptedIds, ...orderIds] : orderIds);
}

function judgeProduct(evidence: Evidence, index: EvidenceIndex, product: ProductView): Finding {
  const { prefix, orders, traced } = product;
  const reused = new Set(index.reuses.map((reuse) => reuse.order));
  const collector = new WitnessCollector();
  let lo = 0;
  let pending = 0;
  for (const order of traced) {
    const extra = extraOrders(order, reused);
    lo += extra;
    pending += Math.max(0, liveRows(order) - 1 - extra);
    if (extra === 0) continue;
    const atNs = Number.isFinite(order.okNs) ? order.okNs : order.firstSentNs;
    collector.add(atNs, extra, () =>
      witnessOfOrder(evidence, order, atNs, (key) => {
        const ids = [...new Set([...toldIds(order, reused), ...order.rowIds])].join(', ');
        return `${product.contract.id}: ${key} has ${extra + 1} orders: ${ids}`;
      }),
    );
  }
  const decided = index.snapshot === 'settled' || orders.length === 0;
  return {
    lo,
    hi: decided ? lo + pending : null,
    witnesses: collector.toWitnesses(),
    reason: reasonOf(index, prefix, lo, decided ? pending : Number.POSITIVE_INFINITY),
  };
}

function reasonOf(
  index: EvidenceIndex,
  prefix: string,
  extra: number,
  open: number,
): string | undefined {
  if (extra > 0) return `${prefix}${counted(extra, 'order')} too many under a key`;
  if (open === 0) return undefined;
  return Number.isFinite(open)
    ? `${prefix}${counted(open, 'second row')} under a key still pending`
    : `${prefix}${index.snapshotNote}`;
}
