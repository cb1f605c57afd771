import { nsPerMs } from './clock.ts';

/** An instant as whole milliseconds since 1970 and the nanoseconds beyond: a number alone is too coarse. */
export interface Instant {
  readonly ms: number;
  /** 0 to 999,999. */
  readonly ns: number;
}

const isoPattern =
  /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:[.,](\d{1,9})\d*)?(Z|[+-]\d{2}:?\d{2})$/;

/** `2026-11-27T10:00:00.123456789+01:00` → an instant; undefined for anything without a zone. */
export function parseIsoInstant(text: string): Instant | undefined {
  const [, seconds, fraction = '', zone] = isoPattern.exec(text) ?? [];
  if (seconds === undefined || zone === undefined) return undefined;
  const wholeMs = Date.parse(`${seconds}${zone}`);
  if (Number.isNaN(wholeMs)) return undefined;
  const ns = Number(fraction.padEnd(9, '0'));
  return { ms: wholeMs + Math.floor(ns / nsPerMs), ns: ns % nsPerMs };
}

const numberPattern = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const latestMs = 8.64e15;

/** Milliseconds, fractions allowed, as a number or as text. */
export function parseMs(value: unknown): Instant | undefined {
  const ms = typeof value === 'string' && numberPattern.test(value) ? Number(value) : value;
  if (typeof ms === 'bigint') return parseMs(Number(ms));
  if (typeof ms !== 'number' || !(Math.abs(ms) <= latestMs)) return undefined;
  const whole = Math.floor(ms);
  return normalised(whole, Math.round((ms - whole) * nsPerMs));
}

/** Nanoseconds: text and bigints are exact, numbers beyond 2^53 are good to some hundred ns. */
export function parseNs(value: unknown): Instant | undefined {
  if (typeof value === 'string' && /^-?\d{1,25}$/.test(value)) return parseNs(BigInt(value));
  if (typeof value === 'number') {
    return Number.isFinite(value) ? parseNs(BigInt(Math.round(value))) : undefined;
  }
  if (typeof value !== 'bigint') return undefined;
  const perMs = BigInt(nsPerMs);
  const rest = ((value % perMs) + perMs) % perMs;
  const ms = Number((value - rest) / perMs);
  return Math.abs(ms) <= latestMs ? { ms, ns: Number(rest) } : undefined;
}

/** `instant` moved by some milliseconds. */
export function plusMs({ ms, ns }: Instant, byMs: number): Instant {
  const whole = Math.floor(byMs);
  return normalised(ms + whole, ns + Math.round((byMs - whole) * nsPerMs));
}

function normalised(ms: number, ns: number): Instant {
  const carry = Math.floor(ns / nsPerMs);
  return { ms: ms + carry, ns: ns - carry * nsPerMs };
}
