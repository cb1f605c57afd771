import type { ArrivalProcess } from './arrival-process.ts';
import { constant } from './constant.ts';
import { deadline } from './deadline.ts';
import { exponential } from './exponential.ts';
import { herd } from './herd.ts';
import { lognormal } from './lognormal.ts';
import { poisson } from './poisson.ts';
import { ramp } from './ramp.ts';
import { steps } from './steps.ts';
import { trace } from './trace.ts';
import { uniform } from './uniform.ts';
import { weibull } from './weibull.ts';

/** Every arrival shape by the name that a scenario uses. */
export const arrivalProcesses = {
  herd,
  deadline,
  uniform,
  exponential,
  lognormal,
  weibull,
  poisson,
  constant,
  ramp,
  steps,
  trace,
} as const satisfies Record<string, ArrivalProcess<never>>;
