import { BaseServer, type Wanted } from '../base-server.ts';
import { caughtBy, type Specimen } from '../specimen.ts';
import { Refusal } from '../wire.ts';

class SoldOutThenSoldAgain extends BaseServer {
  #orders = 0;

  /** A lock that is not got in time is answered like an empty stock. */
  protected override takeStock(wanted: Wanted): number | Promise<number> {
    this.#orders += 1;
    if (this.#orders % 5 === 0) throw new Refusal('sold-out');
    return super.takeStock(wanted);
  }
}

export const soldOutThenSoldAgain: Specimen = {
  name: 'sold-out-then-sold-again',
  story: 'tells every fifth buyer that all is sold, and sells the unit to the next',
  create: (promises) => new SoldOutThenSoldAgain(promises),
  // Not all at once: who comes after somebody was turned away shows that it was too early for that.
  scenario: { workload: { arrivals: [{ type: 'poisson', rate: '60/s' }] } },
  expected: caughtBy('falseSoldOut'),
};
