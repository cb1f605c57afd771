import { conclude, type Invariant } from '../invariant.ts';

/** I15: orders whose status got stuck or changed after being final. */
export const orderStatus: Invariant = {
  id: 'I15',
  name: 'orderStatus',
  title: 'Orders whose status got stuck or changed after being final',
  needs: ['responses', 'status'],
  notApplicable: () => 'it is not built yet',
  judge: () => conclude(orderStatus, '', { lo: 0, hi: 0 }),
};
