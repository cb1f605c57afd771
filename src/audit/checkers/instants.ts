import { ascendingOrder } from '../../history/time-order.ts';

/** From here on the linear sort, whose tables cost as much as sorting some thousand values, is quicker. */
const radixSortFrom = 16_384;

/** The indices of `values` in ascending order of value; equal values keep their order. */
export function sortedOrder(values: Float64Array): Uint32Array {
  if (values.length >= radixSortFrom) return ascendingOrder(values);
  const order = Uint32Array.from({ length: values.length }, (_, index) => index);
  return order.sort((a, b) => compare(values[a] ?? 0, values[b] ?? 0) || a - b);
}

/** As a subtraction would, but right for infinities too. */
function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** How many of the ascending `sorted` values are at most `limit`. */
export function countUpTo(sorted: Float64Array, limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many of the ascending `sorted` values are below `limit`. */
export function countBelow(sorted: Float64Array, limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
