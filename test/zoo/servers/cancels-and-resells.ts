import { BaseServer } from '../base-server.ts';
import { cancelling } from '../profiles.ts';
import { passes, type Specimen } from '../specimen.ts';

export const cancelsAndResells: Specimen = {
  name: 'cancels-and-resells',
  story: 'takes orders back and sells their units again',
  create: (promises) => new BaseServer(promises),
  scenario: cancelling,
  expected: passes,
};
