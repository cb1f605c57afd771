import { BaseServer } from '../base-server.ts';
import { limiting, twoPerWindow } from '../profiles.ts';
import { passes, type Specimen } from '../specimen.ts';

export const slidingWindow: Specimen = {
  name: 'sliding-window',
  story: 'limits by a sliding window, as it promises',
  create: (promises) => new BaseServer(promises),
  promises: twoPerWindow,
  scenario: limiting,
  expected: passes,
};
