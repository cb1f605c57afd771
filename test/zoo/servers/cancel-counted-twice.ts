import { BaseServer, type Row } from '../base-server.ts';
import { cancelling } from '../profiles.ts';
import { caughtBy, type Specimen } from '../specimen.ts';

class CancelCountedTwice extends BaseServer {
  protected override release(row: Row): void {
    super.release(row);
    super.release(row);
  }
}

export const cancelCountedTwice: Specimen = {
  name: 'cancel-counted-twice',
  story: 'gives the units of a withdrawn order back twice, and sells them twice',
  create: (promises) => new CancelCountedTwice(promises),
  scenario: cancelling,
  expected: caughtBy('oversell', 'conservation', 'reservation', 'falseSoldOut'),
};
