import { BaseServer, type Row, type Wanted } from '../base-server.ts';
import { caughtBy, type Specimen } from '../specimen.ts';

class BookedOnAnotherAccount extends BaseServer {
  /** Takes the account of the request before for every fourth order, as a session kept too long would. */
  protected override writeRow(wanted: Wanted, remaining: number): Row {
    const before = this.rows.length % 4 === 3 ? this.rows.at(-1)?.userId : undefined;
    return super.writeRow({ ...wanted, userId: before ?? wanted.userId }, remaining);
  }
}

export const bookedOnAnotherAccount: Specimen = {
  name: 'booked-on-another-account',
  story: 'books every fourth order on the account of whoever bought just before',
  create: (promises) => new BookedOnAnotherAccount(promises),
  expected: caughtBy('userLimit'),
};
