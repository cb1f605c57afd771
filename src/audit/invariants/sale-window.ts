import { conclude, type Invariant } from '../invariant.ts';

/** I14: orders answered against the opening hours. */
export const saleWindow: Invariant = {
  id: 'I14',
  name: 'saleWindow',
  title: 'Orders answered against the opening hours',
  needs: ['responses'],
  notApplicable: () => 'it is not built yet',
  judge: () => conclude(saleWindow, '', { lo: 0, hi: 0 }),
};
