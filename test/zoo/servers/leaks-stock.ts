import { BaseServer, type Wanted } from '../base-server.ts';
import { caughtBy, type Specimen } from '../specimen.ts';
import { Refusal } from '../wire.ts';

class LeaksStock extends BaseServer {
  #orders = 0;

  /** Every sixth order takes its units and is then turned away for want of a connection. */
  protected override async takeStock(wanted: Wanted): Promise<number> {
    const remaining = await super.takeStock(wanted);
    this.#orders += 1;
    if (this.#orders % 6 === 0) throw new Refusal('overloaded');
    return remaining;
  }
}

export const leaksStock: Specimen = {
  name: 'leaks-stock',
  story: 'takes units and never writes the order',
  create: (promises) => new LeaksStock(promises),
  expected: caughtBy('conservation', 'undersell', 'falseSoldOut', 'reservation'),
};
