import { polling } from '../profiles.ts';
import { caughtBy, type Specimen } from '../specimen.ts';
import { Asynchronous } from './asynchronous.ts';

class AcceptedNeverResolved extends Asynchronous {
  #decisions = 0;

  /** Every fourth message is lost on the way to whoever decides. */
  protected override async decide(entry: Parameters<Asynchronous['decide']>[0]): Promise<void> {
    this.#decisions += 1;
    if (this.#decisions % 4 !== 0) await super.decide(entry);
  }
}

export const acceptedNeverResolved: Specimen = {
  name: 'accepted-never-resolved',
  story: 'answers 202 and never decides every fourth order',
  create: (promises) => new AcceptedNeverResolved(promises),
  scenario: polling,
  expected: caughtBy('orderStatus', 'reservation'),
};
