import type { WorkloadModel } from './workload-model.ts';

/**
 * Sessions arrive whatever the server does; within one, each purchase waits for the one before. Their
 * number is geometric: after each the device stays with the same probability.
 */
export const partlyOpen: WorkloadModel = {
  name: 'partly-open',
  describe: 'every device comes for a session: after each purchase it stays for another, or leaves',
  purchases: ({ maxPurchases, stayProbability }, rng) => {
    let purchases = 1;
    while (purchases < maxPurchases && rng.next() < stayProbability) purchases += 1;
    return purchases;
  },
};
