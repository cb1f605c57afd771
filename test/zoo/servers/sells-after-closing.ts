import { BaseServer } from '../base-server.ts';
import { caughtBy, type Specimen } from '../specimen.ts';

class SellsAfterClosing extends BaseServer {
  protected override checkWindow(nowMs: number): void {
    const { closesAtMs } = this;
    super.checkWindow(closesAtMs === null ? nowMs : Math.min(nowMs, closesAtMs - 1));
  }
}

export const sellsAfterClosing: Specimen = {
  name: 'sells-after-closing',
  story: 'goes on selling what is left after the close',
  create: (promises) => new SellsAfterClosing(promises),
  scenario: {
    // So many that most are left at the close: those sold long after it prove what those at the border do not.
    sale: { products: [{ id: 'unit', stock: 40, limitPerUser: 1 }], closesAt: '600ms' },
    workload: { arrivals: [{ type: 'poisson', rate: '80/s' }] },
    probes: { afterClose: '20%' },
  },
  expected: caughtBy('saleWindow'),
};
