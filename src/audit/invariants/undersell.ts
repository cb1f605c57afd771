import { counted, whenOf, witnessOfOrder } from '../describe.ts';
import type { Evidence } from '../evidence.ts';
import {
  type EvidenceIndex,
  isAcknowledged,
  isUnresolved,
  mayStand,
  type ProductView,
  type Restock,
} from '../evidence-index.ts';
import { conclude, type Finding, gravest, type Invariant, WitnessCollector } from '../invariant.ts';
import { isProbe, type LogicalOrder, liveRows, mayBeCancelled } from '../logical-order.ts';
import { UnitsLeft } from '../units-left.ts';

/**
 * I2: units left over although people who could have had them were told that there are none.
 *
 * min(stranded, unmet). Stranded is S − q(D), at least 0; without a snapshot it lies in S − A − U … S − A,
 * plus cancellations. Unmet are the units of orders that were told sold-out, were not sold after all, fit
 * into the least stock that was left from then on, and whose buyers still had room under their limit.
 *
 * Source: derived for flashsim from the set checker of Jepsen (https://github.com/jepsen-io/jepsen): a unit
 * is to the stock what an element is to the set.
 */
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
  if (index.snapshot === 'unsettled' && product.orders.length > 0) {
    return { lo: 0, hi: null, reason: `${prefix}${index.snapshotNote}` };
  }
  const stranded = strandedUnits(evidence, index, product);
  const refused = stranded.hi === 0 ? [] : refusedBuyers(product);
  const taken = certainlyUnmet(index, product, refused, stranded.lo);
  const lo = unitsOf(taken);
  const hi = Math.max(lo, mostUnmet(evidence, index, product, refused, stranded.hi));
  if (lo > 0) {
    const reason = `${prefix}${counted(stranded.lo, 'unit')} left over, and buyers were told sold-out`;
    return { lo, hi, reason, witnesses: findWitnesses(evidence, product, taken) };
  }
  const open = index.snapshotNote === '' ? 'the evidence does not decide' : index.snapshotNote;
  return { lo, hi, reason: hi > 0 ? `${prefix}up to ${hi} units left over: ${open}` : undefined };
}

/**
 * Orders that could all have been served: refused when nothing came back any more, but for restocks,
 * whose units were not there before. Of the instants from which on to look, the one that shows most.
 */
function certainlyUnmet(
  index: EvidenceIndex,
  product: ProductView,
  refused: readonly LogicalOrder[],
  stranded: number,
): readonly LogicalOrder[] {
  if (stranded === 0) return [];
  // Of refusals and returns nobody knows which came first.
  if (index.clockProblems.length > 0 && product.lastReturnNs > Number.NEGATIVE_INFINITY) return [];
  const decided = refused.filter((order) => !isUnresolved(order, index.snapshot));
  const room = roomPerUser(index, product, 'least');
  const certain = product.restocks.filter((restock) => restock.certain);
  const instants = [product.lastReleaseNs, ...certain.map(({ doneNs }) => doneNs)];
  let most: readonly LogicalOrder[] = [];
  for (const atNs of new Set(instants)) {
    if (atNs < product.lastReleaseNs) continue;
    const broughtLater = unitsBrought(certain, atNs);
    const later = decided.filter(({ soldOutSentNs }) => soldOutSentNs > atNs);
    const taken = fit(later, Math.max(0, stranded - broughtLater), room);
    if (unitsOf(taken) > unitsOf(most)) most = taken;
  }
  return most;
}

/** Units of restocks that may not have been there at `atNs` yet. */
function unitsBrought(restocks: readonly Restock[], atNs: number): number {
  return restocks.reduce((sum, { doneNs, units }) => sum + (doneNs > atNs ? units : 0), 0);
}

/**
 * An upper bound of the units that refused buyers could have had besides what was sold. Who was refused
 * at some instant could have had no more than was left ever after: a unit that is there only later,
 * because it was brought or came back, does not count.
 */
function mostUnmet(
  evidence: Evidence,
  index: EvidenceIndex,
  product: ProductView,
  refused: readonly LogicalOrder[],
  stranded: number,
): number {
  if (stranded === 0) return 0;
  const room = roomPerUser(index, product, 'most');
  const unchanging = product.lastReturnNs === Number.NEGATIVE_INFINITY;
  const level = unchanging ? undefined : new UnitsLeft(index, product, stranded);
  const left = (order: LogicalOrder): number =>
    level?.leastFrom(evidence.attempts.read(order.soldOutAttempt).doneNs) ?? stranded;
  const possible = refused
    .map((order) => ({ order, left: left(order) }))
    .filter(({ order, left: units }) => order.quantity <= units)
    .sort((a, b) => a.left - b.left);
  let served = 0;
  for (const { order, left: units } of possible) {
    served = Math.max(served, Math.min(units, served + order.quantity));
  }
  return Math.min(
    served,
    unitsWithin(
      possible.map(({ order }) => order),
      room,
    ),
  );
}

/** Orders that were told sold-out. Who only probed whether the sale was open wanted nothing. */
function refusedBuyers({ orders }: ProductView): readonly LogicalOrder[] {
  return orders
    .filter((order) => order.soldOutAttempt >= 0 && !isProbe(order))
    .filter((order) => !isSold(order));
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
  for (const order of product.traced) {
    if (isAcknowledged(order) && !mayBeCancelled(order)) sold += order.quantity;
    else if (mayStand(order, index.snapshot)) maybeSold += order.quantity;
  }
  maybeSold += unitsOf(product.reuses);
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
  for (const order of product.traced) {
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

function unitsOf(orders: readonly { readonly quantity: number }[]): number {
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
        const who = evidence.names.userOf(order.user);
        return `${product.contract.id}: ${who} was told sold-out for ${key}, sent ${when}`;
      });
      return { ...witness, attempts: [order.soldOutAttempt] };
    });
  }
  return collector.toWitnesses();
}
