import type { LatencyHistogram } from './histogram.ts';
import { cellCount, cellOf, lowestInCell } from './log-cells.ts';

/** Highest bits that a bin tells apart: eight bins to each doubling. */
const binBits = 4;
const bins = cellCount(binBits);

/** How latencies are distributed. Both lists are of equal length. */
export interface LatencyShape {
  /** Where each bin begins, in whole µs, ascending; a bin ends where the next one begins. */
  readonly fromUs: readonly number[];
  readonly counts: readonly number[];
}

/** Counts latencies in eight bins to each doubling: the shape of a distribution, in a few numbers. */
export class LatencyBins {
  readonly #counts = new Uint32Array(bins);

  /** What a histogram recorded: each of its cells, being finer, lies in one bin as a whole. */
  static of(histogram: LatencyHistogram): LatencyBins {
    const bins = new LatencyBins();
    for (const { fromUs, count } of histogram.filledCells()) bins.#add(fromUs, count);
    return bins;
  }

  #add(us: number, count: number): void {
    const bin = cellOf(us, binBits);
    this.#counts[bin] = (this.#counts[bin] ?? 0) + count;
  }

  /**
   * The bins from `first` to `last`, empty ones included.
   *
   * @param first,last as {@link range} gives them
   */
  shape({ first, last }: BinRange): LatencyShape {
    const numbers = Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at);
    return {
      fromUs: numbers.map((bin) => lowestInCell(bin, binBits)),
      counts: numbers.map((bin) => this.#counts[bin] ?? 0),
    };
  }

  /** The first and the last bin that hold something. */
  range(): BinRange {
    const isFilled = (count: number): boolean => count > 0;
    return { first: this.#counts.findIndex(isFilled), last: this.#counts.findLastIndex(isFilled) };
  }
}

/** Numbers of two bins, -1 when there is none. */
export interface BinRange {
  readonly first: number;
  readonly last: number;
}

/** The smallest range that holds all of `ranges`. */
export function binRange(...ranges: readonly BinRange[]): BinRange {
  const filled = ranges.filter(({ first }) => first >= 0);
  if (filled.length === 0) return { first: -1, last: -2 };
  return {
    first: Math.min(...filled.map(({ first }) => first)),
    last: Math.max(...filled.map(({ last }) => last)),
  };
}
