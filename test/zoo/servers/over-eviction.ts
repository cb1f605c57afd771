import { BaseServer, type Session } from '../base-server.ts';
import { threeDevices, twoDevices } from '../profiles.ts';
import { caughtBy, type Specimen } from '../specimen.ts';

class OverEviction extends BaseServer {
  /** Ends all sessions of the person instead of the oldest. */
  protected override evict(live: readonly Session[]): void {
    if (live.length + 1 <= this.maximumSessions()) return;
    for (const session of live) session.ended = 'evicted';
  }
}

export const overEviction: Specimen = {
  name: 'over-eviction',
  story: 'ends both other sessions when a third device logs in, though two may live',
  create: (promises) => new OverEviction(promises),
  promises: twoDevices,
  scenario: threeDevices,
  expected: caughtBy('deviceLimit'),
};
