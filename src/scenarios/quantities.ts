import type { Scenario } from './schema.ts';

type Quantity = Scenario['workload']['quantity'];

/** A number of units per purchase, and the share of the people who want it. */
export interface QuantityShare {
  readonly quantity: number;
  /** 0 to 1. */
  readonly share: number;
}

/** `workload.quantity` as shares; those that nobody wants are left out. */
export function quantityShares(written: Quantity): readonly QuantityShare[] {
  if (typeof written === 'number') return [{ quantity: written, share: 1 }];
  return Object.entries(written)
    .map(([quantity, share]) => ({ quantity: Number(quantity), share }))
    .filter(({ share }) => share > 0);
}

/** Units per purchase, on average. */
export function meanQuantity(written: Quantity): number {
  return quantityShares(written).reduce((sum, { quantity, share }) => sum + quantity * share, 0);
}

/** The most units that anybody wants in one purchase. */
export function largestQuantity(written: Quantity): number {
  return Math.max(...quantityShares(written).map(({ quantity }) => quantity));
}
