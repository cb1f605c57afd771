import { BaseServer, type Wanted } from '../base-server.ts';
import { caughtBy, type Specimen } from '../specimen.ts';
import { Refusal } from '../wire.ts';

class OversellByTwoCaches extends BaseServer {
  #requests = 0;
  readonly #sold = [0, 0];

  /** Each of two processes counts its own copy of the whole stock down. */
  protected override takeStock({ productId, quantity, key }: Wanted): number {
    const stock = this.stockOf(productId);
    this.#requests += 1;
    const mine = this.#requests % 2;
    const sold = this.#sold[mine] ?? 0;
    if (sold + quantity > stock.initial) throw new Refusal('sold-out');
    this.#sold[mine] = sold + quantity;
    return this.move(stock, -quantity, key);
  }
}

export const oversellByTwoCaches: Specimen = {
  name: 'oversell-by-two-caches',
  story: 'has two processes, each with a cache of the whole stock',
  create: (promises) => new OversellByTwoCaches(promises),
  expected: caughtBy('oversell', 'negativeStock', 'falseSoldOut'),
};
