import { conclude, type Invariant } from '../invariant.ts';

/** I18: requests limited although the limit had room. */
export const underAdmission: Invariant = {
  id: 'I18',
  name: 'underAdmission',
  title: 'Requests limited although the limit had room',
  needs: ['responses'],
  notApplicable: () => 'it is not built yet',
  judge: () => conclude(underAdmission, '', { lo: 0, hi: 0 }),
};
