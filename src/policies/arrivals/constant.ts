import type { ArrivalProcess } from './arrival-process.ts';

/** How often clicks come, and from when on. */
export interface ConstantOptions {
  /** Clicks per second. */
  readonly rate: number;
  /** The first one, in milliseconds after the opening. */
  readonly from: number;
}

/** A click every 1/rate, the first at `from`: no chance in it. */
export const constant: ArrivalProcess<ConstantOptions> = {
  name: 'constant',
  describe: 'a click at every tick of a clock',
  clicksMs: ({ rate, from }, count) =>
    Float64Array.from({ length: count }, (_, index) => from + (index * 1_000) / rate),
};
