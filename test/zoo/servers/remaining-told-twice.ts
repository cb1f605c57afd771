import { BaseServer, type Row } from '../base-server.ts';
import { caughtBy, type Specimen } from '../specimen.ts';
import type { Reply } from '../wire.ts';

class RemainingToldTwice extends BaseServer {
  #answers = 0;

  /** Every fourth buyer is told the stock as it was before. */
  protected override created(row: Row): Reply {
    this.#answers += 1;
    const { remaining, quantity } = row;
    if (this.#answers % 4 !== 0) return super.created(row);
    return super.created({ ...row, remaining: remaining + quantity });
  }
}

export const remainingToldTwice: Specimen = {
  name: 'remaining-told-twice',
  story: 'promises an exact `remaining` and tells two buyers the same',
  create: (promises) => new RemainingToldTwice(promises),
  scenario: { target: { http: { contract: { exactRemaining: true } } } },
  expected: caughtBy('falseSoldOut'),
};
