import type { Row, Wanted } from '../base-server.ts';
import { caughtBy, type Specimen } from '../specimen.ts';
import { LosesAnswers } from './loses-answers.ts';

class CommitWithoutAnswer extends LosesAnswers {
  /** The key of an order whose answer was lost is forgotten. */
  protected override committed(wanted: Wanted): Row | undefined {
    return this.lost.has(wanted.key) ? undefined : super.committed(wanted);
  }
}

export const commitWithoutAnswer: Specimen = {
  name: 'commit-without-answer',
  story: 'loses an answer after the commit and tells the same key later that all is sold',
  create: (promises) => new CommitWithoutAnswer(promises),
  scenario: {
    // Without a limit per user, which would refuse the second try for its own first one.
    sale: { products: [{ id: 'unit', stock: 20 }] },
    client: { retry: { maxAttempts: 2, backoff: { initial: '600ms' }, jitter: 'none' } },
  },
  expected: caughtBy('falseRejection'),
};
