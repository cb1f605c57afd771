import { randomUUID } from 'node:crypto';
import { BaseServer, type Row, type Wanted } from '../base-server.ts';
import { caughtBy, type Specimen } from '../specimen.ts';

class DuplicateRowPerKey extends BaseServer {
  #commits = 0;

  /** Every third order is made twice, as a queue that delivers a message again would. */
  protected override writeRow(wanted: Wanted, remaining: number): Row {
    const row = super.writeRow(wanted, remaining);
    this.#commits += 1;
    if (this.#commits % 3 === 0 && remaining >= wanted.quantity) {
      const left = this.move(this.stockOf(wanted.productId), -wanted.quantity, wanted.key);
      super.writeRow({ ...wanted, orderId: randomUUID() }, left);
    }
    return row;
  }
}

export const duplicateRowPerKey: Specimen = {
  name: 'duplicate-row-per-key',
  story: 'makes two rows for every third key',
  create: (promises) => new DuplicateRowPerKey(promises),
  scenario: { sale: { products: [{ id: 'unit', stock: 20 }] } },
  expected: caughtBy('duplicateOrder', 'falseSoldOut', 'reservation'),
};
