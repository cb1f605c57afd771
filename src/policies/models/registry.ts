import { closed } from './closed.ts';
import { open } from './open.ts';
import { partlyOpen } from './partly-open.ts';
import type { WorkloadModel } from './workload-model.ts';

/** Every workload model by the name that a scenario uses. */
export const workloadModels = {
  open,
  closed,
  'partly-open': partlyOpen,
} as const satisfies Record<string, WorkloadModel>;
