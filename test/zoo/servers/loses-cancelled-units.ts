import { BaseServer } from '../base-server.ts';
import { cancelling } from '../profiles.ts';
import { caughtBy, type Specimen } from '../specimen.ts';

class LosesCancelledUnits extends BaseServer {
  protected override release(): void {
    // The units are forgotten.
  }
}

export const losesCancelledUnits: Specimen = {
  name: 'loses-cancelled-units',
  story: 'withdraws an order and never gives its units back',
  create: (promises) => new LosesCancelledUnits(promises),
  scenario: cancelling,
  expected: caughtBy('conservation', 'undersell', 'reservation', 'falseSoldOut'),
};
