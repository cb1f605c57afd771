import { counted, witnessOfRow } from '../describe.ts';
import type { Evidence } from '../evidence.ts';
import {
  type EvidenceIndex,
  isAcknowledged,
  mayStand,
  type ProductView,
} from '../evidence-index.ts';
import { conclude, type Finding, gravest, type Invariant, WitnessCollector } from '../invariant.ts';
import { type LogicalOrder, mayBeCancelled } from '../logical-order.ts';

/**
 * I9: units that one person has beyond the promised limit.
 *
 * Σ over users of max(0, q(D ∪ A of the user) − L), over all devices of the user; hi adds what is open,
 * pending, foreign, or may have been sold to a reused key.
 *
 * Source: the bounds of I1, by user.
 */
export const userLimit: Invariant = {
  id: 'I9',
  name: 'userLimit',
  title: 'Units beyond the limit per user',
  needs: ['responses', 'status', 'snapshot'],
  notApplicable: ({ contract }) =>
    contract.products.some(({ limitPerUser }) => limitPerUser !== undefined)
      ? undefined
      : 'no product promises a limit per user',
  judge: (evidence, index) =>
    conclude(
      userLimit,
      'units',
      gravest(
        index.products.flatMap((product) => {
          const { limitPerUser } = product.contract;
          return limitPerUser === undefined
            ? []
            : [judgeProduct(evidence, index, product, limitPerUser)];
        }),
      ),
    ),
};

interface Holding {
  certain: number;
  possible: number;
  readonly orders: LogicalOrder[];
}

function judgeProduct(
  evidence: Evidence,
  index: EvidenceIndex,
  product: ProductView,
  limit: number,
): Finding {
  const collector = new WitnessCollector();
  let lo = 0;
  let hi = 0;
  for (const [userId, holding] of holdings(evidence, index, product)) {
    const excess = Math.max(0, holding.certain - limit);
    lo += excess;
    hi += Math.max(0, holding.possible - limit);
    if (excess === 0) continue;
    collector.add(lastKnownNs(holding.orders), excess, () =>
      witnessOf(evidence, product, userId, holding, limit),
    );
  }
  const unsettled = index.snapshot === 'unsettled' && product.orders.length > 0;
  return {
    lo,
    hi: unsettled ? null : hi,
    witnesses: collector.toWitnesses(),
    reason: reasonOf(index, product.prefix, lo, unsettled ? null : hi),
  };
}

/** What every buyer has, for certain and at most. */
function holdings(
  evidence: Evidence,
  index: EvidenceIndex,
  product: ProductView,
): Map<string, Holding> {
  const byUser = new Map<string, Holding>();
  const holdingOf = (userId: string): Holding => {
    const found = byUser.get(userId) ?? { certain: 0, possible: 0, orders: [] };
    byUser.set(userId, found);
    return found;
  };
  for (const order of product.traced) {
    const certain = certainUnits(index, order);
    const possible = certain + openUnits(index, order);
    if (possible === 0) continue;
    const holding = holdingOf(evidence.names.userOf(order.user));
    holding.certain += certain;
    holding.possible += possible;
    if (certain > 0) holding.orders.push(order);
  }
  for (const { row, certain } of product.strangers) {
    const holding = holdingOf(row.userId);
    holding.possible += row.quantity;
    if (certain && row.status === 'confirmed') holding.certain += row.quantity;
  }
  for (const row of [...product.otherRows, ...product.misnamedRows]) {
    const holding = holdingOf(row.userId);
    holding.possible += row.quantity;
    // What a restless snapshot held may have been withdrawn.
    if (row.status === 'confirmed' && index.snapshot === 'settled') holding.certain += row.quantity;
  }
  if (index.snapshot === 'settled') return byUser;
  for (const { order, quantity } of product.reuses) {
    holdingOf(evidence.names.userOf(order.user)).possible += quantity;
  }
  return byUser;
}

function certainUnits(index: EvidenceIndex, order: LogicalOrder): number {
  // What a restless snapshot held may have been withdrawn before the next order was made.
  if (index.snapshot === 'unsettled' && mayBeCancelled(order)) return 0;
  const promised = isAcknowledged(order) && !mayBeCancelled(order) ? 1 : 0;
  return Math.max(order.confirmedUnits, order.quantity * promised);
}

function openUnits(index: EvidenceIndex, order: LogicalOrder): number {
  if (order.pendingRows > 0) return order.pendingUnits;
  return mayStand(order, index.snapshot) ? order.quantity : 0;
}

function lastKnownNs(orders: readonly LogicalOrder[]): number {
  return orders.reduce(
    (last, { okNs }) => (Number.isFinite(okNs) && !(okNs <= last) ? okNs : last),
    Number.NaN,
  );
}

function witnessOf(
  evidence: Evidence,
  product: ProductView,
  userId: string,
  { certain, orders }: Holding,
  limit: number,
) {
  const atNs = lastKnownNs(orders);
  const keys = orders.map(({ intent, keyVariant }) => evidence.names.keyOf(intent, keyVariant));
  if (orders.length === 0) {
    const { strangers, otherRows, misnamedRows } = product;
    const rows = [...strangers.map(({ row }) => row), ...otherRows, ...misnamedRows];
    const row = rows.find((candidate) => candidate.userId === userId);
    if (row !== undefined) return witnessOfRow(row, sentence());
  }
  return {
    summary: sentence(),
    attempts: orders.flatMap(({ okAttempt }) => (okAttempt < 0 ? [] : [okAttempt])),
    keys,
    orderIds: [...new Set(orders.flatMap(({ orderIds, rowIds }) => [...orderIds, ...rowIds]))],
    userId,
    ...(Number.isFinite(atNs) ? { atNs } : {}),
  };

  function sentence(): string {
    const where = keys.length === 0 ? '' : ` (${keys.join(', ')})`;
    return `${product.contract.id}: ${userId} has ${counted(certain, 'unit')} of at most ${limit}${where}`;
  }
}

function reasonOf(
  index: EvidenceIndex,
  prefix: string,
  lo: number,
  hi: number | null,
): string | undefined {
  if (lo > 0) return `${prefix}${counted(lo, 'unit')} beyond the limit per user`;
  if (hi === null) return `${prefix}${index.snapshotNote}`;
  if (hi === 0) return undefined;
  const why = index.snapshotNote === '' ? 'rows are pending or of others' : index.snapshotNote;
  return `${prefix}up to ${hi} units may be beyond the limit per user: ${why}`;
}
