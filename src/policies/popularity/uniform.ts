import type { Popularity } from './popularity.ts';

/** Every product is as popular as any other. */
export const uniform: Popularity<undefined> = {
  name: 'uniform',
  describe: 'every product is wanted by equally many',
  chooser: (_options, products) => (draw) => Math.floor(draw * products),
};
