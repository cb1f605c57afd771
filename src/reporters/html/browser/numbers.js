// How the numbers of charts are written.

/** @param {number} ms */
function duration(ms) {
  const size = Math.abs(ms);
  if (size < 1) return `${Math.round(size * 1000)} µs`;
  if (size < 10) return `${trimmed(size, 2)} ms`;
  if (size < 1000) return `${trimmed(size, size < 100 ? 1 : 0)} ms`;
  return `${trimmed(size / 1000, size < 10_000 ? 2 : 1)} s`;
}

/** @param {number} value @param {number} digits */
const trimmed = (value, digits) => String(Number(value.toFixed(digits)));

/** @param {number} value */
const whole = (value) => Math.round(value).toLocaleString('en-US').replace('-', '−');

/**
 * @param {number | null | undefined} value
 * @param {ChartUnit} unit
 */
function written(value, unit) {
  if (value === null || value === undefined) return '–';
  switch (unit) {
    case 'instant':
      if (value === 0) return '0';
      return `${value < 0 ? '−' : '+'}${duration(value)}`;
    case 'latency':
      return duration(value / 1000);
    case 'percent':
      return `${trimmed(value, value < 1 ? 2 : 1)} %`;
    case 'perS':
      return `${whole(value)}/s`;
    case 'count':
      return whole(value);
  }
}

/** Ticks are short: `1k` instead of `1,000/s`. @param {number} value @param {ChartUnit} unit */
function tick(value, unit) {
  if (unit !== 'perS' && unit !== 'count') return written(value, unit);
  return Math.abs(value) >= 10_000 ? `${trimmed(value / 1000, 1)}k` : whole(value);
}
