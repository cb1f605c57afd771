import { BaseServer, type Row } from '../base-server.ts';
import { passes, type Specimen } from '../specimen.ts';
import type { Reply } from '../wire.ts';

/** Commits, and loses the answers of the last five units: the connection ends without one. */
export class LosesAnswers extends BaseServer {
  readonly lost = new Set<string>();

  protected override created(row: Row): Reply {
    if (row.remaining >= 5 || this.lost.has(row.key)) return super.created(row);
    this.lost.add(row.key);
    return 'reset';
  }
}

export const losesAnswers: Specimen = {
  name: 'loses-answers',
  story: 'loses some answers after the commit; a look-up tells the truth',
  create: (promises) => new LosesAnswers(promises),
  scenario: { client: { retry: { maxAttempts: 1 } } },
  expected: passes,
};
