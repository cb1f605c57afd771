import { setTimeout as sleep } from 'node:timers/promises';
import { BaseServer, type Wanted } from '../base-server.ts';
import { manyDevices } from '../profiles.ts';
import { racing, type Specimen } from '../specimen.ts';

class LimitByRace extends BaseServer {
  /** The limit was checked before; the person's other device is checked meanwhile. */
  protected override async takeStock(wanted: Wanted): Promise<number> {
    await sleep(20);
    return super.takeStock(wanted);
  }
}

export const limitByRace: Specimen = {
  name: 'limit-by-race',
  story: 'counts a person’s orders, waits, and inserts without counting again',
  create: (promises) => new LimitByRace(promises),
  scenario: manyDevices,
  expected: racing('userLimit'),
};
