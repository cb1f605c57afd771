import { BaseServer } from '../base-server.ts';
import { limiting, twoPerWindow } from '../profiles.ts';
import { caughtBy, type Specimen } from '../specimen.ts';

class FailsOpenWhenStoreDown extends BaseServer {
  /** The limiter's store is down for a second from the opening: everybody is let through. */
  protected override admit(userId: string): void {
    const sinceOpeningMs = Date.now() - (this.opensAtMs ?? Number.POSITIVE_INFINITY);
    if (sinceOpeningMs >= 0 && sinceOpeningMs < 1_000) return;
    super.admit(userId);
  }
}

export const failsOpenWhenStoreDown: Specimen = {
  name: 'fails-open-when-store-down',
  story: 'limits nobody while the store of its limiter is down',
  create: (promises) => new FailsOpenWhenStoreDown(promises),
  promises: twoPerWindow,
  scenario: limiting,
  expected: caughtBy('overAdmission'),
};
