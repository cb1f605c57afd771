import type { ArrivalProcess } from './arrival-process.ts';

/** When the window is in which everybody comes. */
export interface UniformOptions {
  /** Its start, in milliseconds after the opening. */
  readonly from: number;
  /** Its length, in milliseconds. */
  readonly within: number;
}

/** Anywhere in a window with equal probability. Bots join within 0.1 s of an opening. */
export const uniform: ArrivalProcess<UniformOptions> = {
  name: 'uniform',
  describe: 'anywhere in a window, such as bots within 0.1 s of the opening',
  clicksMs: ({ from, within }, count, rngOf) =>
    Float64Array.from({ length: count }, (_, index) => from + within * rngOf(index).next()),
};
