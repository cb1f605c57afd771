import type { WorkloadModel } from './workload-model.ts';

/** Nothing waits for an answer: every purchase comes when it is due. */
export const open: WorkloadModel = {
  name: 'open',
  describe: 'every device wants one thing, and comes whatever the server does',
  purchases: () => 1,
};
