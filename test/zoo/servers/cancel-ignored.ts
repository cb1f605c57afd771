import { BaseServer, type Row } from '../base-server.ts';
import { cancelling } from '../profiles.ts';
import { caughtBy, type Specimen } from '../specimen.ts';

class CancelIgnored extends BaseServer {
  /** The answer says that the order is withdrawn; the row was never written back. */
  protected override release(row: Row): void {
    row.status = 'confirmed';
  }
}

export const cancelIgnored: Specimen = {
  name: 'cancel-ignored',
  story: 'says that an order is withdrawn and keeps it',
  create: (promises) => new CancelIgnored(promises),
  scenario: cancelling,
  expected: caughtBy('orderStatus', 'reservation'),
};
