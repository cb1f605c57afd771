import type { Row } from '../base-server.ts';
import { polling } from '../profiles.ts';
import { caughtBy, type Specimen } from '../specimen.ts';
import type { Reply } from '../wire.ts';
import { Asynchronous } from './asynchronous.ts';

class StatusChangesAfterFinal extends Asynchronous {
  #answers = 0;

  /** Every fourth order that was told to be confirmed is withdrawn right after. */
  protected override told(row: Row): Reply {
    const reply = super.told(row);
    if (row.status !== 'confirmed') return reply;
    this.#answers += 1;
    if (this.#answers % 4 === 0) {
      row.status = 'cancelled';
      this.release(row);
    }
    return reply;
  }
}

export const statusChangesAfterFinal: Specimen = {
  name: 'status-changes-after-final',
  story: 'says that an order is confirmed and withdraws it by itself',
  create: (promises) => new StatusChangesAfterFinal(promises),
  scenario: polling,
  expected: caughtBy('orderStatus', 'lostOrder', 'undersell', 'oversell'),
};
