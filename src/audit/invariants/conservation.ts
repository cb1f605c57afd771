import type { TruthProduct } from '../../history/truth.ts';
import { counted } from '../describe.ts';
import type { EvidenceIndex, ProductView } from '../evidence-index.ts';
import { conclude, type Finding, gravest, type Invariant, WitnessCollector } from '../invariant.ts';
import { ledgerOf, movementsByKey } from '../ledger.ts';
import { stockDoubt } from '../product-view.ts';

/**
 * I11: what was there is not what is left and what was sold.
 *
 * |S − (remaining + q(D) + what pending orders hold)|, and by the ledger |stock at the opening + Σ of all
 * movements − remaining|; the graver of the two. Units that are missing have leaked; units too many are
 * phantom stock, which a lost update makes without the stock ever going below zero.
 *
 * Source: the consistency conditions of TPC-C (revision 5.11, §3.3.2), and the closed economy of YCSB+T
 * (Dey et al. 2014), whose total must stay.
 */
export const conservation: Invariant = {
  id: 'I11',
  name: 'conservation',
  title: 'Units that appeared or vanished',
  needs: ['snapshot'],
  judge: (_evidence, index) =>
    conclude(
      conservation,
      'units',
      gravest(index.products.flatMap((product) => judgeProduct(index, product))),
    ),
};

function judgeProduct(index: EvidenceIndex, product: ProductView): readonly Finding[] {
  const { prefix, truth } = product;
  if (index.snapshot !== 'settled') {
    return [{ lo: 0, hi: null, reason: `${prefix}${index.snapshotNote}` }];
  }
  if (truth === undefined) {
    return [{ lo: 0, hi: null, reason: `${prefix}the snapshot lacks the product` }];
  }
  return [byOrders(index, product, truth), ...byLedger(index, product, truth)];
}

/** The units of all orders and those left add up to the stock that there was. */
function byOrders(index: EvidenceIndex, product: ProductView, truth: TruthProduct): Finding {
  const { prefix, stockLo, stockHi, certainUnits, foreignUnits } = product;
  const pending = pendingHeld(index, product);
  // Foreign rows may be of this stock or of an earlier sale.
  const least = stockLo - (truth.remaining + certainUnits + pending.hi + foreignUnits);
  const most = stockHi - (truth.remaining + certainUnits + pending.lo);
  const lo = least <= 0 && most >= 0 ? 0 : Math.min(Math.abs(least), Math.abs(most));
  const hi = Math.max(Math.abs(least), Math.abs(most));
  if (hi === 0) return { lo, hi };
  if (lo === 0) {
    const why =
      foreignUnits > 0
        ? 'foreign traffic'
        : (stockDoubt(product) ?? `${counted(pending.hi, 'pending unit')} may not be taken yet`);
    return { lo, hi, reason: `${prefix}${why}: ${least} to ${most} units missing` };
  }
  const sum = `${stockHi} at the start and restocked, ${truth.remaining} left, ${certainUnits + pending.hi} in orders`;
  return convict(product, least > 0 ? lo : -lo, hi, sum);
}

/** Units that pending orders have taken off the stock: the ledger knows, else nobody. */
function pendingHeld(
  index: EvidenceIndex,
  product: ProductView,
): { readonly lo: number; readonly hi: number } {
  const ledger = ledgerOf(index.truth);
  if (product.pendingUnits === 0) return { lo: 0, hi: 0 };
  if (ledger === undefined) return { lo: 0, hi: product.pendingUnits };
  const byKey = movementsByKey(ledger);
  let [held, unknown] = [0, 0];
  for (const { key, productId, status, quantity } of index.truth?.orders ?? []) {
    if (status !== 'pending' || productId !== product.contract.id) continue;
    if (key === null) unknown += quantity;
    else held += Math.min(quantity, Math.max(0, -(byKey.get(key)?.netUnits ?? 0)));
  }
  return { lo: held, hi: held + unknown };
}

/** The cumulative form: the stock at the start and all movements since make the stock left. */
function byLedger(index: EvidenceIndex, product: ProductView, truth: TruthProduct): Finding[] {
  const ledger = ledgerOf(index.truth);
  if (ledger === undefined) return [];
  let moved = 0;
  for (const { productId, delta } of ledger) if (productId === product.contract.id) moved += delta;
  const missing = truth.initial + moved - truth.remaining;
  const units = Math.abs(missing);
  if (units === 0) return [];
  const change = moved < 0 ? `${-moved} taken` : `${moved} brought`;
  const sum = `by the ledger: ${truth.initial} at the start, ${change}, ${truth.remaining} left`;
  if (product.foreignUnits === 0) return [convict(product, missing, units, sum)];
  const reason = `${product.prefix}foreign traffic: ${units} units missing ${sum}`;
  return [{ lo: 0, hi: units, reason }];
}

/** @param missing below 0 for units too many */
function convict(product: ProductView, missing: number, hi: number, sum: string): Finding {
  const { prefix, contract } = product;
  const lo = Math.abs(missing);
  const kind =
    missing > 0
      ? `${counted(lo, 'unit')} leaked: neither left nor sold`
      : `${counted(lo, 'unit')} of phantom stock: more left and sold than there was`;
  const collector = new WitnessCollector();
  collector.add(Number.NaN, lo, () => ({ summary: `${contract.id}: ${sum}`, attempts: [] }));
  return { lo, hi, reason: `${prefix}${kind} (${sum})`, witnesses: collector.toWitnesses() };
}
