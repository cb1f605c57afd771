import type { ArrivalProcess } from './arrival-process.ts';
import { herd } from './herd.ts';
import { poisson } from './poisson.ts';
import { weibull } from './weibull.ts';

/** Every arrival shape by the name that a scenario uses. */
export const arrivalProcesses = {
  herd,
  poisson,
  weibull,
} as const satisfies Record<string, ArrivalProcess<never>>;
