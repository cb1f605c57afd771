import { BaseServer, type Wanted } from '../base-server.ts';
import { manyDevices } from '../profiles.ts';
import { caughtBy, type Specimen } from '../specimen.ts';

class LimitSkippedOnSecondDevice extends BaseServer {
  /** Counts what this device has bought, not what the person has. */
  protected override unitsOf({ deviceId }: Wanted): number {
    const own = this.rows.filter((row) => row.deviceId === deviceId);
    return own.reduce((sum, { quantity }) => sum + quantity, 0);
  }
}

export const limitSkippedOnSecondDevice: Specimen = {
  name: 'limit-skipped-on-second-device',
  story: 'holds the limit per user against each device by itself',
  create: (promises) => new LimitSkippedOnSecondDevice(promises),
  scenario: manyDevices,
  expected: caughtBy('userLimit'),
};
