import { BaseServer } from '../base-server.ts';
import { limiting, twoPerWindow } from '../profiles.ts';
import { caughtBy, type Specimen } from '../specimen.ts';
import { Refusal } from '../wire.ts';

class LimiterTooStrict extends BaseServer {
  /** Refuses at the limit instead of above it. */
  protected override admit(userId: string): void {
    super.admit(userId);
    const { rateLimit } = this.promises;
    const log = this.admitted.get(userId) ?? [];
    if (rateLimit === undefined || log.length < rateLimit.limit) return;
    this.admitted.set(userId, log.slice(0, -1));
    throw new Refusal('limited');
  }
}

export const limiterTooStrict: Specimen = {
  name: 'limiter-too-strict',
  story: 'lets one request less through than it promises',
  create: (promises) => new LimiterTooStrict(promises),
  promises: twoPerWindow,
  scenario: limiting,
  expected: caughtBy('underAdmission'),
};
