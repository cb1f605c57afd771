import { BaseServer } from '../base-server.ts';
import { threeDevices, twoDevices } from '../profiles.ts';
import { passes, type Specimen } from '../specimen.ts';

export const capped: Specimen = {
  name: 'capped',
  story: 'ends the oldest session when a person logs in on a third device',
  create: (promises) => new BaseServer(promises),
  promises: twoDevices,
  scenario: threeDevices,
  expected: passes,
};
