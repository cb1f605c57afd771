import { conclude, type Invariant } from '../invariant.ts';

/** I8: keys accepted again with another payload. */
export const keyReuse: Invariant = {
  id: 'I8',
  name: 'keyReuse',
  title: 'Keys accepted again with another payload',
  needs: ['responses'],
  notApplicable: () => 'it is not built yet',
  judge: () => conclude(keyReuse, '', { lo: 0, hi: 0 }),
};
