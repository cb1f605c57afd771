import { formatCount, formatDurationMs } from '../core/units.ts';
import { plain } from './text.ts';

interface Figure {
  readonly value: number | null;
  readonly lo: number;
  /** null when there is no upper bound. */
  readonly hi: number | null;
  readonly unit: string;
}

/** A number and the word behind it, apart so that a table can align numbers. */
export interface FigureParts {
  readonly number: string;
  /** Empty when the number has its unit in itself or needs none. */
  readonly word: string;
}

/** A value in its unit, in parts: `37` and `units`, `1.20 s`, `1.48`. */
export function valueParts(value: number, unit: string): FigureParts {
  if (unit === 'µs') return { number: formatUs(value), word: '' };
  if (unit === 'ratio') return { number: value.toFixed(2), word: '' };
  if (unit === '/s') return { number: formatRate(value), word: '' };
  const number = Number.isInteger(value) ? formatCount(value) : value.toFixed(2);
  if (unit === 'count') return { number, word: '' };
  return { number, word: plain(value === 1 ? unit.replace(/(?<!\/)s$/, '') : unit, 16) };
}

/** A figure that may only be known within bounds, in parts: `0 to 12` and `units`, `3 or more`. */
export function figureParts({ value, lo, hi, unit }: Figure): FigureParts {
  if (value !== null) return valueParts(value, unit);
  if (lo === hi) return valueParts(lo, unit);
  const least = valueParts(lo, unit);
  if (hi === null) return { number: `${least.number} or more`, word: valueParts(0, unit).word };
  const most = valueParts(hi, unit);
  return { number: `${least.number} to ${most.number}`, word: most.word };
}

/** A value in its unit: `37 units`, `1.20 s`, `1.48`. */
export function formatValue(value: number, unit: string): string {
  return joined(valueParts(value, unit));
}

/** A figure that may only be known within bounds: `0 to 12 units`, `3 or more units`. */
export function formatFigure(figure: Figure): string {
  return joined(figureParts(figure));
}

function joined({ number, word }: FigureParts): string {
  return word === '' ? number : `${number} ${word}`;
}

/** Per second, as people write it: `1,240/s`, `3.2/s`. */
export function formatRate(perS: number): string {
  return `${perS >= 100 || perS === 0 ? formatCount(perS) : perS.toFixed(1)}/s`;
}

/** Microseconds as people write them. */
export function formatUs(us: number): string {
  return formatDurationMs(us / 1_000);
}

/** A share of a whole: `6.7 %`; `<0.1 %` for the smallest, which are not none. */
export function formatShare(part: number, whole: number): string {
  if (whole === 0) return '';
  const percent = (part / whole) * 100;
  if (percent > 0 && percent < 0.1) return '<0.1 %';
  return `${percent > 99.9 && percent < 100 ? '>99.9' : percent.toFixed(1)} %`;
}

/** An instant from the opening: `+12.3 ms`, `−4.0 ms` before it, `+1.234 s`; empty when nobody knows. */
export function formatWhen(atMs: number | null): string {
  if (atMs === null) return '';
  const sign = atMs < 0 ? '−' : '+';
  const size = Math.abs(atMs);
  if (size >= 1_000) return `${sign}${(size / 1_000).toFixed(3)} s`;
  return `${sign}${size.toFixed(size < 100 ? 1 : 0)} ms`;
}
