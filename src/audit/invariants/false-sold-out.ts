import { conclude, type Invariant } from '../invariant.ts';

/** I3: answers that the stock does not explain. */
export const falseSoldOut: Invariant = {
  id: 'I3',
  name: 'falseSoldOut',
  title: 'Answers that the stock does not explain',
  needs: ['responses'],
  notApplicable: () => 'it is not built yet',
  judge: () => conclude(falseSoldOut, '', { lo: 0, hi: 0 }),
};
