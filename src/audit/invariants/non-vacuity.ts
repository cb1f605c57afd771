import { operationIndexOfKind } from '../../history/chunk.ts';
import { operations } from '../../history/vocabulary.ts';
import { defaultUnresolvedBudget, type Evidence } from '../evidence.ts';
import {
  type EvidenceIndex,
  isAcknowledged,
  isUnresolved,
  type ProductView,
} from '../evidence-index.ts';
import { type Invariant, type InvariantResult, noWitnesses } from '../invariant.ts';
import { isProbe, type LogicalOrder, soldByNs } from '../logical-order.ts';
import type { OrderList } from '../order-list.ts';

/**
 * I20: whether the run put anything to the test. A part that failed makes a pass worthless.
 *
 * The number of conditions that were not met: something was sold and the stock ran out; demand ≥ 2 S;
 * another attempt was under way while the last unit was sold; every fault fired and every event was
 * applied; the positive control, where there was one, oversold; and at most 0.5 % of the orders stayed
 * unresolved.
 *
 * Source: vacuity in model checking (Beer et al., CAV 1997); Antithesis' `sometimes` assertions.
 */
export const nonVacuity: Invariant = {
  id: 'I20',
  name: 'nonVacuity',
  title: 'Conditions of a meaningful run that were not met',
  needs: ['responses'],
  judge: (evidence, index): InvariantResult => {
    const unmet =
      evidence.attempts.length === 0
        ? ['the run has no attempts']
        : [
            ...index.products.flatMap((product) => unmetBySale(evidence, index, product)),
            ...unmetByFaults(evidence),
            ...unmetByEvents(evidence),
            ...unmetByControl(evidence),
            ...unmetByUncertainty(evidence, index),
          ];
    return {
      id: nonVacuity.id,
      name: nonVacuity.name,
      title: nonVacuity.title,
      verdict: unmet.length === 0 ? 'pass' : 'unknown',
      value: unmet.length,
      lo: unmet.length,
      hi: unmet.length,
      unit: 'conditions',
      ...(unmet.length === 0 ? {} : { reason: unmet.join('; ') }),
      witnesses: noWitnesses,
    };
  },
};

function unmetBySale(evidence: Evidence, index: EvidenceIndex, product: ProductView): string[] {
  const { prefix, contract, orders, traced, restocks } = product;
  const unmet: string[] = [];
  const stock = restocks.reduce((sum, { units }) => sum + units, contract.stock);
  const demand = demandUnits(index, orders);
  const sold = Math.max(
    product.certainUnits,
    traced.filter(isAcknowledged).reduce((sum, { quantity }) => sum + quantity, 0),
  );
  if (sold > 0 && sold < stock && !orders.some(({ soldOutAttempt }) => soldOutAttempt >= 0)) {
    unmet.push(`${prefix}never sold out: ${sold} of ${stock} units sold`);
  }
  if (sold === 0) unmet.push(`${prefix}nothing was sold: 0 of ${stock} units`);
  if (demand < 2 * stock) {
    const factor = stock === 0 ? '' : ` (${(demand / stock).toFixed(2)} times)`;
    unmet.push(
      `${prefix}demand of ${demand} units is less than twice the stock of ${stock}${factor}`,
    );
  }
  const last = lastUnitSale(traced, stock);
  if (last !== undefined && !isContested(evidence, product, last)) {
    unmet.push(`${prefix}no other attempt was under way while the last unit was sold`);
  }
  return unmet;
}

/** Units asked for, counting each intent once however many keys it used, and no probes. */
function demandUnits(index: EvidenceIndex, orders: OrderList): number {
  const fresh = new Set<number>();
  let units = 0;
  orders.forEach((order) => {
    const { intent, keyVariant, firstSentNs, quantity } = order;
    if (Number.isNaN(firstSentNs) || isProbe(order)) return;
    if (keyVariant === 0) units += quantity;
    else if (!index.hasOrderOf(intent, 0) && !fresh.has(intent)) {
      fresh.add(intent);
      units += quantity;
    }
  });
  return units;
}

/** The acknowledged order that reached the end of the stock; the last one when none did. */
function lastUnitSale(orders: readonly LogicalOrder[], stock: number): LogicalOrder | undefined {
  const sales = orders.filter(isAcknowledged).sort((a, b) => soldByNs(a) - soldByNs(b));
  let sold = 0;
  for (const order of sales) {
    sold += order.quantity;
    if (sold >= stock) return order;
  }
  return sales.at(-1);
}

/** True when another order attempt for the product was under way during the sale of `last`. */
function isContested(evidence: Evidence, product: ProductView, last: LogicalOrder): boolean {
  const orderOperation = operations.indexOf('order');
  const { okAttempt, okNs, details } = last;
  // One that was decided later competed from its first attempt until it was known to be sold.
  const sentNs = okAttempt < 0 ? last.firstSentNs : evidence.attempts.read(okAttempt).sentNs;
  const soldNs = okAttempt < 0 ? details.confirmedNs : okNs;
  for (const chunk of evidence.attempts.chunks()) {
    for (let row = 0; row < chunk.length; row += 1) {
      const overlaps =
        (chunk.sentNs[row] ?? Number.NaN) <= soldNs && (chunk.doneNs[row] ?? Number.NaN) >= sentNs;
      if (!overlaps || chunk.product[row] !== product.index) continue;
      if (operationIndexOfKind(chunk.kind[row] ?? 0) !== orderOperation) continue;
      const same = chunk.intent[row] === last.intent && chunk.keyVariant[row] === last.keyVariant;
      if (!same) return true;
    }
  }
  return false;
}

function unmetByFaults(evidence: Evidence): string[] {
  return evidence.faults
    .filter(({ fired }) => !fired)
    .map(({ description, detail }) => `fault "${description}" did not fire: ${detail}`);
}

function unmetByEvents({ events }: Evidence): string[] {
  return events
    .filter(({ outcome }) => outcome !== 'ok')
    .map(({ event, outcome, detail }) => {
      const what = wordsOf(event);
      const end = outcome === 'info' ? 'may not have been applied' : 'was not applied';
      return `the ${what} ${end}: ${detail}`;
    });
}

function wordsOf(event: Evidence['events'][number]['event']): string {
  switch (event.kind) {
    case 'restock':
      return `restock of ${event.quantity} ${event.productId}`;
    case 'warm-up':
      return `warm-up of ${event.productId}`;
    case 'close':
      return 'closing';
  }
}

function unmetByControl({ control }: Evidence): string[] {
  if (control?.state === 'exact') {
    return ['the positive control did not oversell: the profile has no contention'];
  }
  if (control?.state === 'failed') return [`the positive control failed: ${control.reason}`];
  return [];
}

function unmetByUncertainty(evidence: Evidence, index: EvidenceIndex): string[] {
  const unresolved = index.traced.filter((order) => isUnresolved(order, index.snapshot)).length;
  const budget = evidence.unresolvedBudget ?? defaultUnresolvedBudget;
  if (unresolved <= budget * index.orderCount) return [];
  const share = ((100 * unresolved) / index.orderCount).toFixed(2);
  return [
    `${unresolved} of ${index.orderCount} orders (${share} %) stayed unresolved, ` +
      `more than ${(100 * budget).toFixed(2)} %`,
  ];
}
