import { setTimeout as sleep } from 'node:timers/promises';
import { BaseServer, type Wanted } from '../base-server.ts';
import { racing, type Specimen } from '../specimen.ts';
import { Refusal } from '../wire.ts';

class LedgerLostUpdate extends BaseServer {
  /** The stock is counted down in one step; the ledger reads it later, when it has moved on. */
  protected override async takeStock({ productId, quantity, key }: Wanted): Promise<number> {
    const stock = this.stockOf(productId);
    if (stock.remaining < quantity) throw new Refusal('sold-out');
    stock.remaining -= quantity;
    const { remaining } = stock;
    await sleep(3);
    this.record(stock, -quantity, key, stock.remaining);
    return remaining;
  }
}

export const ledgerLostUpdate: Specimen = {
  name: 'ledger-lost-update',
  story: 'writes the same stock into two rows of its ledger',
  create: (promises) => new LedgerLostUpdate(promises),
  expected: racing('lostUpdate'),
};
