import { BaseServer, type Row, type Wanted } from '../base-server.ts';
import { caughtBy, type Specimen } from '../specimen.ts';

class CreatedWithoutCommit extends BaseServer {
  #commits = 0;

  /** Every fourth row is rolled back after its answer was made. */
  protected override writeRow(wanted: Wanted, remaining: number): Row {
    const row = super.writeRow(wanted, remaining);
    this.#commits += 1;
    if (this.#commits % 4 === 0) this.rows.pop();
    return row;
  }
}

export const createdWithoutCommit: Specimen = {
  name: 'created-without-commit',
  story: 'answers 201 for orders that it never commits',
  create: (promises) => new CreatedWithoutCommit(promises),
  expected: caughtBy('lostOrder', 'conservation', 'undersell', 'reservation'),
};
