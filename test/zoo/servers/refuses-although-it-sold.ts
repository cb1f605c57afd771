import { BaseServer, type Row } from '../base-server.ts';
import { caughtBy, type Specimen } from '../specimen.ts';
import { Refusal, type Reply } from '../wire.ts';

class RefusesAlthoughItSold extends BaseServer {
  #answers = 0;

  /** After every fifth commit something late fails, and everybody takes that for a refusal. */
  protected override created(row: Row): Reply {
    this.#answers += 1;
    if (this.#answers % 5 === 0) throw new Refusal('sold-out');
    return super.created(row);
  }
}

export const refusesAlthoughItSold: Specimen = {
  name: 'refuses-although-it-sold',
  story: 'commits an order and tells its buyer that all is sold',
  create: (promises) => new RefusesAlthoughItSold(promises),
  expected: caughtBy('falseRejection', 'falseSoldOut'),
};
