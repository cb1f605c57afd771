import { randomUUID } from 'node:crypto';
import { BaseServer, type Row, type Wanted } from '../base-server.ts';
import { caughtBy, type Specimen } from '../specimen.ts';

class PhantomRows extends BaseServer {
  #commits = 0;

  /** With every fifth order goes one that nobody asked for, under a key of this run. */
  protected override writeRow(wanted: Wanted, remaining: number): Row {
    this.#commits += 1;
    const { productId, quantity } = wanted;
    if (this.#commits % 5 === 0 && remaining >= quantity) {
      const key = `${this.runId}-${100_000 + this.#commits}`;
      const left = this.move(this.stockOf(productId), -quantity, key);
      const userId = `ghost${this.#commits}`;
      super.writeRow({ ...wanted, orderId: randomUUID(), key, userId }, left);
    }
    return super.writeRow(wanted, remaining);
  }
}

export const phantomRows: Specimen = {
  name: 'phantom-rows',
  story: 'makes orders that nobody asked for',
  create: (promises) => new PhantomRows(promises),
  expected: caughtBy('phantomOrder', 'falseSoldOut'),
};
