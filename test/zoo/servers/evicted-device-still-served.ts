import { BaseServer, type Session } from '../base-server.ts';
import { threeDevices, twoDevices } from '../profiles.ts';
import { caughtBy, type Specimen } from '../specimen.ts';
import { type Call, Refusal } from '../wire.ts';

class EvictedDeviceStillServed extends BaseServer {
  /** Whoever has a token is let in, whether or not its session was ended. */
  protected override sessionOf(call: Call): Session {
    const session = this.sessions.find(({ token }) => token === call.token);
    if (session === undefined) throw new Refusal('unauthorized');
    return session;
  }
}

export const evictedDeviceStillServed: Specimen = {
  name: 'evicted-device-still-served',
  story: 'ends the oldest session on paper and goes on serving its device',
  create: (promises) => new EvictedDeviceStillServed(promises),
  promises: twoDevices,
  scenario: threeDevices,
  expected: caughtBy('deviceLimit'),
};
