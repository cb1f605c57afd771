import { setTimeout as sleep } from 'node:timers/promises';
import { BaseServer, type Wanted } from '../base-server.ts';
import { passes, type Specimen } from '../specimen.ts';
import type { Reply } from '../wire.ts';

class AnswersOutOfOrder extends BaseServer {
  #answers = 0;

  /** The decision is made at once; its answer comes up to 80 ms later. */
  protected override async place(wanted: Wanted): Promise<Reply> {
    this.#answers += 1;
    const delayMs = (this.#answers * 53) % 81;
    try {
      return await super.place(wanted);
    } finally {
      await sleep(delayMs);
    }
  }
}

export const answersOutOfOrder: Specimen = {
  name: 'answers-out-of-order',
  story: 'decides in order and answers in another',
  create: (promises) => new AnswersOutOfOrder(promises),
  expected: passes,
};
