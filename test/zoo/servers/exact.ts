import { BaseServer } from '../base-server.ts';
import { passes, type Specimen } from '../specimen.ts';

export const exact: Specimen = {
  name: 'exact',
  story: 'does everything right',
  create: (promises) => new BaseServer(promises),
  expected: passes,
};
