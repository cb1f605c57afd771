/**
 * Cells of whole numbers that widen with the number, as HdrHistogram's do: each tells its numbers apart
 * by their highest `bits` bits, so that all of them lie within 2^(1 − bits) of one another.
 */

/** Largest number that has a cell. */
export const cellValueMax = 2 ** 32 - 1;

/** The cell of a whole number from 0 to {@link cellValueMax}. */
export function cellOf(value: number, bits: number): number {
  const shift = Math.max(0, 32 - bits - Math.clz32(value));
  return shift * (1 << (bits - 1)) + (value >>> shift);
}

/** The lowest number of a cell. */
export function lowestInCell(cell: number, bits: number): number {
  const half = 1 << (bits - 1);
  const shift = Math.max(0, Math.floor(cell / half) - 1);
  return (cell - shift * half) * 2 ** shift;
}

/** How many cells there are. */
export function cellCount(bits: number): number {
  return cellOf(cellValueMax, bits) + 1;
}
