import { setTimeout as sleep } from 'node:timers/promises';
import { BaseServer } from '../base-server.ts';
import { passes, type Specimen } from '../specimen.ts';

class SlowButExact extends BaseServer {
  #requests = 0;

  /** 50 to 150 ms. */
  protected override async work(): Promise<void> {
    this.#requests += 1;
    await sleep(50 + ((this.#requests * 37) % 101));
  }
}

export const slowButExact: Specimen = {
  name: 'slow-but-exact',
  story: 'takes 50 to 150 ms per request, and sells exactly',
  create: (promises) => new SlowButExact(promises),
  expected: passes,
};
