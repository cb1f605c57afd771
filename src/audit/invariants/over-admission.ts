import { conclude, type Invariant } from '../invariant.ts';

/** I17: requests admitted beyond the rate limit. */
export const overAdmission: Invariant = {
  id: 'I17',
  name: 'overAdmission',
  title: 'Requests admitted beyond the rate limit',
  needs: ['responses'],
  notApplicable: () => 'it is not built yet',
  judge: () => conclude(overAdmission, '', { lo: 0, hi: 0 }),
};
