import type { LogicalOrder } from './logical-order.ts';
import type { OrderNumbers, OrderTable } from './order-table.ts';

/** Some of the orders of a table. */
export class OrderList {
  readonly #table: OrderTable;
  readonly #ordinals: number[] = [];

  constructor(table: OrderTable) {
    this.#table = table;
  }

  get length(): number {
    return this.#ordinals.length;
  }

  add(ordinal: number): void {
    this.#ordinals.push(ordinal);
  }

  /** Calls `visit` for every order. Its numbers are one object that moves: do not keep it. */
  forEach(visit: (order: OrderNumbers) => void): void {
    for (const ordinal of this.#ordinals) visit(this.#table.numbersAt(ordinal));
  }

  /** Whether `test` holds for the numbers of any order. */
  some(test: (order: OrderNumbers) => boolean): boolean {
    return this.#ordinals.some((ordinal) => test(this.#table.numbersAt(ordinal)));
  }

  /** The orders for whose numbers `test` holds. */
  filter(test: (order: OrderNumbers) => boolean): LogicalOrder[] {
    return this.#ordinals
      .filter((ordinal) => test(this.#table.numbersAt(ordinal)))
      .map((ordinal) => this.#table.at(ordinal));
  }
}
