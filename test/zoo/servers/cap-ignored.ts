import { BaseServer } from '../base-server.ts';
import { threeDevices } from '../profiles.ts';
import { caughtBy, type Specimen } from '../specimen.ts';

class CapIgnored extends BaseServer {
  protected override maximumSessions(): number {
    return Number.POSITIVE_INFINITY;
  }
}

export const capIgnored: Specimen = {
  name: 'cap-ignored',
  story: 'promises to refuse a third device and lets it in',
  create: (promises) => new CapIgnored(promises),
  promises: { maximumSessions: 2, onExceed: 'deny' },
  scenario: { ...threeDevices, probes: {} },
  expected: caughtBy('deviceLimit'),
};
