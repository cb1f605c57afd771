import { BaseServer } from '../base-server.ts';
import { threeDevices } from '../profiles.ts';
import { passes, type Specimen } from '../specimen.ts';

export const deniesExtraDevices: Specimen = {
  name: 'denies-extra-devices',
  story: 'refuses the login of a third device, as it promises',
  create: (promises) => new BaseServer(promises),
  promises: { maximumSessions: 2, onExceed: 'deny' },
  scenario: { ...threeDevices, probes: {} },
  expected: passes,
};
