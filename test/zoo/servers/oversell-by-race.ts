import { setTimeout as sleep } from 'node:timers/promises';
import { BaseServer, type Wanted } from '../base-server.ts';
import { racing, type Specimen } from '../specimen.ts';
import { Refusal } from '../wire.ts';

class OversellByRace extends BaseServer {
  /** Between reading and writing another order reads the same figure. */
  protected override async takeStock({ productId, quantity, key }: Wanted): Promise<number> {
    const stock = this.stockOf(productId);
    const seen = stock.remaining;
    if (seen < quantity) throw new Refusal('sold-out');
    await sleep(2);
    stock.remaining = seen - quantity;
    this.record(stock, -quantity, key, stock.remaining);
    return stock.remaining;
  }
}

export const oversellByRace: Specimen = {
  name: 'oversell-by-race',
  story: 'reads the stock, waits, and writes what it read less one',
  create: (promises) => new OversellByRace(promises),
  expected: racing('oversell', 'conservation', 'lostUpdate', 'falseSoldOut'),
};
