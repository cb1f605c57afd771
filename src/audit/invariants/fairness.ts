import { conclude, type Invariant } from '../invariant.ts';

/** I19: buyers refused before a later one was served. */
export const fairness: Invariant = {
  id: 'I19',
  name: 'fairness',
  title: 'Buyers refused before a later one was served',
  needs: ['responses'],
  notApplicable: () => 'it is not built yet',
  judge: () => conclude(fairness, '', { lo: 0, hi: 0 }),
};
