import { BaseServer, type Wanted } from '../base-server.ts';
import { caughtBy, type Specimen } from '../specimen.ts';
import { Refusal } from '../wire.ts';

class SoldOutWithStockLeft extends BaseServer {
  protected override takeStock(wanted: Wanted): number | Promise<number> {
    if (this.stockOf(wanted.productId).remaining <= 5) throw new Refusal('sold-out');
    return super.takeStock(wanted);
  }
}

export const soldOutWithStockLeft: Specimen = {
  name: 'sold-out-with-stock-left',
  story: 'says that all is sold when five are left',
  create: (promises) => new SoldOutWithStockLeft(promises),
  expected: caughtBy('undersell', 'falseSoldOut'),
};
