import { nsPerMs } from './clock.ts';

/** Units of a duration, in milliseconds. */
const durationUnitsMs: ReadonlyMap<string, number> = new Map([
  ['us', 0.001],
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['min', 60_000],
  ['h', 3_600_000],
]);

/** Units of a rate's denominator, in seconds. */
const rateUnitsS: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['m', 60],
  ['min', 60],
  ['h', 3_600],
]);

const number = String.raw`(\d+(?:\.\d+)?|\.\d+)`;
const durationPattern = new RegExp(`^${number}\\s*([a-z]+)$`);
const ratePattern = new RegExp(`^${number}\\s*/\\s*([a-z]+)$`);
const percentPattern = new RegExp(`^${number}\\s*%$`);

/** `250ms`, `3s`, `1.5m` → milliseconds; undefined when `text` is no duration. */
export function parseDurationMs(text: string): number | undefined {
  const [, value, unit] = durationPattern.exec(text.trim()) ?? [];
  const factor = unit === undefined ? undefined : durationUnitsMs.get(unit);
  return value === undefined || factor === undefined ? undefined : Number(value) * factor;
}

/** `500/s`, `30/m` → per second; undefined when `text` is no rate. */
export function parseRatePerS(text: string): number | undefined {
  const [, value, unit] = ratePattern.exec(text.trim()) ?? [];
  const seconds = unit === undefined ? undefined : rateUnitsS.get(unit);
  return value === undefined || seconds === undefined ? undefined : Number(value) / seconds;
}

/** `20%` → 0.2; undefined when `text` is no percentage. */
export function parsePercent(text: string): number | undefined {
  const [, value] = percentPattern.exec(text.trim()) ?? [];
  return value === undefined ? undefined : Number(value) / 100;
}

/** A duration as people write it: `850 µs`, `12.3 ms`, `1.20 s`, `2 m 05 s`. */
export function formatDurationMs(ms: number): string {
  const size = Math.abs(ms);
  if (size < 1) return `${Math.round(ms * 1000)} µs`;
  if (size < 99.95) return `${ms.toFixed(1)} ms`;
  if (size < 999.5) return `${Math.round(ms)} ms`;
  if (size < 120_000) return `${(ms / 1000).toFixed(2)} s`;
  const seconds = Math.round(size / 1000);
  return `${ms < 0 ? '-' : ''}${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, '0')} s`;
}

/** {@link formatDurationMs} of nanoseconds. */
export function formatNs(ns: number): string {
  return formatDurationMs(ns / nsPerMs);
}

/** An integer with thousands separators: `12,345`. (Without the library's tables, which take long to load.) */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(?:\d{3})+$)/g, ',');
}
