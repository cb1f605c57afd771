/** Keys that can be told apart by 16 bits at a time. */
const radix = 65_536;

/**
 * The indices of `values` in ascending order of value; equal values keep their order, NaN comes
 * last. Least-significant-digit radix sort over the bits of the doubles: linear, so that millions
 * of attempts are put in order in well under a second.
 */
export function ascendingOrder(values: Float64Array): Uint32Array {
  const count = values.length;
  const words = new Uint32Array(sortableCopy(values).buffer);
  const halves = new Uint16Array(words.buffer);
  let order = Uint32Array.from({ length: count }, (_, index) => index);
  let next = new Uint32Array(count);
  for (let digit = 0; digit < 4; digit += 1) {
    const starts = new Uint32Array(radix + 1);
    for (let index = 0; index < count; index += 1) {
      const bucket = (halves[index * 4 + digit] ?? 0) + 1;
      starts[bucket] = (starts[bucket] ?? 0) + 1;
    }
    // All in one bucket: this digit decides nothing.
    if (starts.includes(count)) continue;
    for (let bucket = 1; bucket <= radix; bucket += 1) {
      starts[bucket] = (starts[bucket] ?? 0) + (starts[bucket - 1] ?? 0);
    }
    for (let position = 0; position < count; position += 1) {
      const index = order[position] ?? 0;
      const bucket = halves[index * 4 + digit] ?? 0;
      const target = starts[bucket] ?? 0;
      next[target] = index;
      starts[bucket] = target + 1;
    }
    [order, next] = [next, order];
  }
  return order;
}

/**
 * A copy whose bits, read as little-endian unsigned integers, sort as the values do: of negative
 * values every bit is turned over, of others only the sign. (All machines that Node runs on with
 * typed arrays in this layout are little-endian.)
 */
function sortableCopy(values: Float64Array): Float64Array {
  // -0 sorts as 0, and every NaN as the same one.
  const copy = Float64Array.from(values, (value) => (value === 0 ? 0 : value));
  const words = new Uint32Array(copy.buffer);
  for (let index = 0; index < copy.length; index += 1) {
    const isNaN = Number.isNaN(copy[index] ?? 0);
    const high = isNaN ? 0x7ff80000 : (words[index * 2 + 1] ?? 0);
    const negative = high >>> 31 === 1;
    if (negative) words[index * 2] = ~(words[index * 2] ?? 0);
    words[index * 2 + 1] = negative ? ~high : high | 0x80000000;
  }
  return copy;
}
