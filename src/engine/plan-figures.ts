import { type Plan, planHash } from './plan.ts';
import type { RunOutcome } from './run-outcome.ts';

/** What a plan came to, for the results. */
export function planFigures(plan: Plan): RunOutcome['plan'] {
  const { users, devicesOf, herd, arrivalNs } = plan;
  return {
    hash: planHash(plan),
    users,
    devices: devicesOf.reduce((sum, devices) => sum + devices, 0),
    intents: arrivalNs.reduce((sum, atNs) => sum + (Number.isFinite(atNs) ? 1 : 0), 0),
    herd,
    arrivalNs,
  };
}
