import { setTimeout as sleep } from 'node:timers/promises';
import { BaseServer, type Wanted } from '../base-server.ts';
import { racing, type Specimen } from '../specimen.ts';

class DuplicateByRace extends BaseServer {
  /** Whether the key has a row was looked up before; a retry that comes now found none either. */
  protected override async takeStock(wanted: Wanted): Promise<number> {
    await sleep(150);
    return super.takeStock(wanted);
  }
}

export const duplicateByRace: Specimen = {
  name: 'duplicate-by-race',
  story: 'looks for the key, works for long, and inserts without looking again',
  create: (promises) => new DuplicateByRace(promises),
  scenario: {
    sale: { products: [{ id: 'unit', stock: 20 }] },
    // Not all at once, so that there is stock left when the first retries come.
    workload: { arrivals: [{ type: 'poisson', rate: '80/s' }] },
    client: { timeout: '80ms', retry: { maxAttempts: 2, backoff: { initial: '20ms' } } },
  },
  expected: racing('duplicateOrder', 'reservation'),
};
