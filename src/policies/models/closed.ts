import type { WorkloadModel } from './workload-model.ts';

/** A fixed population: whoever has finished thinks, and begins again. */
export const closed: WorkloadModel = {
  name: 'closed',
  describe: 'every device comes back a think time after its last purchase, until the end',
  purchases: ({ maxPurchases }) => maxPurchases,
};
