import { BaseServer, type Wanted } from '../base-server.ts';
import { caughtBy, type Specimen } from '../specimen.ts';
import { Refusal } from '../wire.ts';

class StockColumnNegative extends BaseServer {
  /** Counts down first, looks afterwards, and leaves it at that. */
  protected override takeStock({ productId, quantity, key }: Wanted): number {
    const remaining = this.move(this.stockOf(productId), -quantity, key);
    if (remaining < 0) throw new Refusal('sold-out');
    return remaining;
  }
}

export const stockColumnNegative: Specimen = {
  name: 'stock-column-negative',
  story: 'counts below zero for every buyer who comes too late',
  create: (promises) => new StockColumnNegative(promises),
  expected: caughtBy('negativeStock', 'conservation', 'reservation'),
};
