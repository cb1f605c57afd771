import { randomUUID } from 'node:crypto';
import { BaseServer, type Row, type Wanted } from '../base-server.ts';
import { caughtBy, type Specimen } from '../specimen.ts';

class OversellByFreshKey extends BaseServer {
  #commits = 0;

  /** Every third commit is slow: the server inserts again, under a key of its own. Both arrive. */
  protected override writeRow(wanted: Wanted, remaining: number): Row {
    const row = super.writeRow(wanted, remaining);
    this.#commits += 1;
    if (this.#commits % 3 === 0) {
      const again = { ...wanted, orderId: randomUUID(), key: `${wanted.key}.1` };
      super.writeRow(again, remaining);
    }
    return row;
  }
}

export const oversellByFreshKey: Specimen = {
  name: 'oversell-by-fresh-key',
  story: 'repeats a slow insert under a fresh key, so that one click makes two rows',
  create: (promises) => new OversellByFreshKey(promises),
  expected: caughtBy('oversell', 'phantomOrder', 'userLimit', 'conservation', 'reservation'),
};
