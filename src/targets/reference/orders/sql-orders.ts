import type { StoredOrder } from './order-store.ts';

/** What the stores on SQL databases share. */

/** A committed order as a statement returns it. */
export interface OrderRow extends Omit<StoredOrder, 'remaining'> {
  readonly stockAfter: number | null;
}

/** The row as the strategies see it. */
export function storedOrder({ stockAfter, ...row }: OrderRow): StoredOrder {
  return { ...row, remaining: stockAfter ?? undefined };
}

/** An exception is what makes a pool roll back; this one carries the answer out. */
export class RolledBack<T> extends Error {
  readonly value: T;

  constructor(value: T) {
    super('rolled back on purpose');
    this.value = value;
  }
}
