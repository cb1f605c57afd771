import { type EvidenceIndex, isAcknowledged, type ProductView } from './evidence-index.ts';
import { type LogicalOrder, mayBeCancelled, soldByNs } from './logical-order.ts';

/**
 * An upper bound of a product's stock over time: what there was and may have been brought, less what
 * was held for certain. An order holds its units from when it was acknowledged until its withdrawal
 * was asked for.
 */
export class UnitsLeft {
  readonly #atNs: Float64Array;
  /** The least level from each of those instants on. */
  readonly #least: Float64Array;
  readonly #before: number;

  /** @param inTheEnd upper bound of the units left after everything, 0 or more */
  constructor(index: EvidenceIndex, product: ProductView, inTheEnd: number) {
    const changes = changesOf(index, product).sort(byTime);
    this.#atNs = Float64Array.from(changes, ({ atNs }) => atNs);
    this.#least = new Float64Array(changes.length);
    let level = product.initialHi;
    for (const [position, { units }] of changes.entries()) {
      level += units;
      this.#least[position] = level;
    }
    let least = inTheEnd;
    for (let position = changes.length - 1; position >= 0; position -= 1) {
      // Of changes at one instant only the last leaves a level that stands.
      const stands = this.#atNs[position] !== this.#atNs[position + 1];
      if (stands) least = Math.min(least, this.#least[position] ?? 0);
      this.#least[position] = least;
    }
    this.#before = Math.min(least, product.initialHi);
  }

  /** The least level at `atNs` or later, in units; below 0 when more was sold than there was. */
  leastFrom(atNs: number): number {
    // Nobody knows when: it may have been at the end.
    if (Number.isNaN(atNs)) return this.leastFrom(Number.POSITIVE_INFINITY);
    let low = 0;
    let high = this.#atNs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#atNs[middle] ?? 0) <= atNs) low = middle + 1;
      else high = middle;
    }
    // The level that stands at `atNs` is the one that the last change before it left.
    return low === 0 ? this.#before : (this.#least[low - 1] ?? 0);
  }
}

interface Change {
  readonly atNs: number;
  readonly units: number;
}

function byTime(a: Change, b: Change): number {
  return a.atNs === b.atNs ? 0 : a.atNs < b.atNs ? -1 : 1;
}

function changesOf(index: EvidenceIndex, product: ProductView): Change[] {
  const changes = product.restocks.map(({ sentNs, units }): Change => ({ atNs: sentNs, units }));
  for (const order of product.traced) {
    if (!isAcknowledged(order)) continue;
    const [fromNs, toNs] = [soldByNs(order), heldUntilNs(index, order)];
    if (!(fromNs < toNs)) continue;
    changes.push({ atNs: fromNs, units: -order.quantity });
    if (toNs < Number.POSITIVE_INFINITY) changes.push({ atNs: toNs, units: order.quantity });
  }
  return changes;
}

/** Until when an acknowledged order surely held its units; -Infinity when it may never have. */
function heldUntilNs(index: EvidenceIndex, order: LogicalOrder): number {
  const settled = index.snapshot === 'settled';
  if (settled && order.confirmedUnits >= order.quantity) return Number.POSITIVE_INFINITY;
  if (mayBeCancelled(order)) return order.details.cancelSentNs;
  return settled ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
