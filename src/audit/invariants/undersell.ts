import { counted, whenOf, witnessOfOrder } from '../describe.ts';
import type { Evidence } from '../evidence.ts';
import {
  type EvidenceIndex,
  isAcknowledged,
  isUnresolved,
  mayStand,
  type ProductView,
} from '../evidence-index.ts';
import { conclude, type Finding, gravest, type Invariant, WitnessCollector } from '../invariant.ts';
import { type LogicalOrder, liveRows, mayBeCancelled } from '../logical-order.ts';

/** I2: units left over although people who could have had them were told that there are none. */
export const undersell: Invariant = {
  id: 'I2',
  name: 'undersell',
  title: 'Units left over while buyers were told sold-out',
  needs: ['responses', 'status', 'snapshot'],
  judge: (evidence, index) =>
    conclude(
      undersell,
      'units',
      gravest(index.products.map((product) => judgeProduct(evidence, index, product))),
    ),
};

interface Range {
  readonly lo: number;
  readonly hi: number;
}

function judgeProduct(evidence: Evidence, index: EvidenceIndex, product: ProductView): Finding {
  const { prefix } = product;
  const stranded = strandedUnits(evidence, index, product);
  const refused = product.orders.filter((order) => order.soldOutAttempt >= 0 && !isSold(order));
  const certain = refused.filter(
    (order) => !isUnresolved(order, index.snapshot) && order.soldOutSentNs > product.lastReturnNs,
  );
  const taken = fit(certain, stranded.lo, roomPerUser(index, product, 'least'));
  const lo = unitsOf(taken);
  const room = roomPerUser(index, product, 'most');
  const possible = refused.filter((order) => order.quantity <= stranded.hi);
  const hi = Math.max(lo, Math.min(stranded.hi, unitsWithin(possible, room)));
  if (index.snapshot === 'unsettled' && product.orders.length > 0) {
    return { lo: 0, hi: null, reason: `${prefix}${index.snapshotNote}` };
  }
  if (lo > 0) {
    const reason = `${prefix}${counted(stranded.lo, 'unit')} left over, and buyers were told sold-out`;
    return { lo, hi, reason, witnesses: findWitnesses(evidence, product, taken) };
  }
  const open = index.snapshotNote === '' ? 'the evidence does not decide' : index.snapshotNote;
  return { lo, hi, reason: hi > 0 ? `${prefix}up to ${hi} units left over: ${open}` : undefined };
}

/** Units that nobody has in the end. */
function strandedUnits(evidence: Evidence, index: EvidenceIndex, product: ProductView): Range {
  if (index.snapshot === 'settled') {
    const held = product.certainUnits + product.pendingUnits + product.foreignUnits;
    return {
      lo: Math.max(0, product.stockLo - held),
      hi: Math.max(0, product.stockHi - product.certainUnits),
    };
  }
  let sold = 0;
  let maybeSold = 0;
  for (const order of product.orders) {
    if (isAcknowledged(order) && !mayBeCancelled(order)) sold += order.quantity;
    else if (mayStand(order, index.snapshot)) maybeSold += order.quantity;
  }
  return {
    // Others, or attempts that an interruption kept from the record, may have bought the rest.
    lo:
      evidence.exclusive && !evidence.interrupted
        ? Math.max(0, product.stockLo - sold - maybeSold)
        : 0,
    hi: Math.max(0, product.stockHi - sold),
  };
}

function isSold(order: LogicalOrder): boolean {
  return isAcknowledged(order) || liveRows(order) > 0;
}

/** Units that each user might still have had. Absent: no limit was promised, or none was used. */
function roomPerUser(
  index: EvidenceIndex,
  product: ProductView,
  bound: 'least' | 'most',
): (user: number) => number {
  const { limitPerUser } = product.contract;
  if (limitPerUser === undefined) return () => Number.POSITIVE_INFINITY;
  const held = new Map<number, number>();
  for (const order of product.orders) {
    const sold = order.confirmedRows > 0 || (isAcknowledged(order) && order.cancel === 'none');
    const maybe = liveRows(order) > 0 || mayStand(order, index.snapshot);
    const counts = bound === 'most' ? sold : sold || maybe;
    if (counts) held.set(order.user, (held.get(order.user) ?? 0) + order.quantity);
  }
  return (user) => limitPerUser - (held.get(user) ?? 0);
}

/** Orders that could all have been served from `stranded` units: what was lost for certain. */
function fit(
  refused: readonly LogicalOrder[],
  stranded: number,
  room: (user: number) => number,
): LogicalOrder[] {
  const taken: LogicalOrder[] = [];
  if (stranded === 0) return taken;
  const takenBy = new Map<number, number>();
  let left = stranded;
  for (const order of [...refused].sort((a, b) => a.quantity - b.quantity)) {
    const has = takenBy.get(order.user) ?? 0;
    if (order.quantity > left || has + order.quantity > room(order.user)) continue;
    taken.push(order);
    takenBy.set(order.user, has + order.quantity);
    left -= order.quantity;
  }
  return taken;
}

function unitsOf(orders: readonly LogicalOrder[]): number {
  return orders.reduce((sum, { quantity }) => sum + quantity, 0);
}

/** Units asked for, counting no user for more than there was room. */
function unitsWithin(orders: readonly LogicalOrder[], room: (user: number) => number): number {
  const asked = new Map<number, number>();
  for (const { user, quantity } of orders) {
    if (quantity <= room(user)) asked.set(user, (asked.get(user) ?? 0) + quantity);
  }
  let units = 0;
  for (const [user, wanted] of asked) units += Math.min(wanted, room(user));
  return units;
}

function findWitnesses(evidence: Evidence, product: ProductView, taken: readonly LogicalOrder[]) {
  const collector = new WitnessCollector();
  for (const order of taken) {
    collector.add(order.soldOutSentNs, order.quantity, () => {
      const witness = witnessOfOrder(evidence, order, order.soldOutSentNs, (key) => {
        const when = whenOf(evidence, order.soldOutSentNs);
        return `${product.contract.id}: u${order.user} was told sold-out for ${key}, sent ${when}`;
      });
      return { ...witness, attempts: [order.soldOutAttempt] };
    });
  }
  return collector.toWitnesses();
}
