import { BaseServer, type Wanted } from '../base-server.ts';
import { caughtBy, type Specimen } from '../specimen.ts';
import { Refusal } from '../wire.ts';

class SoldOutFlagSticks extends BaseServer {
  #soldOut = false;

  /** A flag spares the store the crowd that comes too late; a restock does not take it down. */
  protected override takeStock(wanted: Wanted): number | Promise<number> {
    this.#soldOut ||= this.stockOf(wanted.productId).remaining < wanted.quantity;
    if (this.#soldOut) throw new Refusal('sold-out');
    return super.takeStock(wanted);
  }
}

export const soldOutFlagSticks: Specimen = {
  name: 'sold-out-flag-sticks',
  story: 'keeps saying that all is sold after a restock',
  create: (promises) => new SoldOutFlagSticks(promises),
  scenario: {
    workload: {
      users: 120,
      arrivals: [
        { type: 'herd', users: '40%', reaction: { lognormal: { median: '40ms', sigma: 0.5 } } },
        { type: 'poisson', rate: '80/s', from: '50ms' },
      ],
    },
    events: [{ afterOpening: '400ms', restock: 10, product: 'unit' }],
  },
  expected: caughtBy('undersell', 'falseSoldOut'),
};
