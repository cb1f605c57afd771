import type { Rng } from '../../core/rng.ts';

/**
 * When devices click, as a pure function of options and randomness. Times are milliseconds from the
 * opening of the sale; negative is before it (a clock that runs ahead).
 */
export interface ArrivalProcess<Options> {
  readonly name: string;
  readonly describe: string;
  /**
   * Clicks of `count` devices. `rngOf(index)` is the stream of one device, so that a device's click
   * does not depend on how many there are before it, unless the process itself couples them.
   */
  clicksMs(options: Options, count: number, rngOf: (index: number) => Rng): Float64Array;
}
