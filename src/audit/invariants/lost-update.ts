import { conclude, type Invariant } from '../invariant.ts';

/** I12: movements of stock that overwrote another. */
export const lostUpdate: Invariant = {
  id: 'I12',
  name: 'lostUpdate',
  title: 'Movements of stock that overwrote another',
  needs: ['ledger'],
  notApplicable: () => 'it is not built yet',
  judge: () => conclude(lostUpdate, '', { lo: 0, hi: 0 }),
};
