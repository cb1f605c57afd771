import { conclude, type Invariant } from '../invariant.ts';

/** I16: sessions beyond the cap, or ended without reason. */
export const deviceLimit: Invariant = {
  id: 'I16',
  name: 'deviceLimit',
  title: 'Sessions beyond the cap, or ended without reason',
  needs: ['responses', 'snapshot'],
  notApplicable: () => 'it is not built yet',
  judge: () => conclude(deviceLimit, '', { lo: 0, hi: 0 }),
};
