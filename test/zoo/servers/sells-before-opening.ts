import { BaseServer } from '../base-server.ts';
import { caughtBy, type Specimen } from '../specimen.ts';
import { Refusal } from '../wire.ts';

class SellsBeforeOpening extends BaseServer {
  /** Looks whether the sale is known, not whether its hour has come. */
  protected override checkWindow(): void {
    if (this.opensAtMs === null) throw new Refusal('not-open');
  }
}

export const sellsBeforeOpening: Specimen = {
  name: 'sells-before-opening',
  story: 'sells to those who click too early',
  create: (promises) => new SellsBeforeOpening(promises),
  scenario: { probes: { beforeOpen: '20%' } },
  expected: caughtBy('saleWindow'),
};
