import { conclude, type Invariant } from '../invariant.ts';

/** I13: orders whose units were released wrongly. */
export const reservation: Invariant = {
  id: 'I13',
  name: 'reservation',
  title: 'Orders whose units were released wrongly',
  needs: ['snapshot', 'ledger'],
  notApplicable: () => 'it is not built yet',
  judge: () => conclude(reservation, '', { lo: 0, hi: 0 }),
};
