import { nsPerMs } from '../../core/clock.ts';
import { parseIsoInstant } from '../../core/instants.ts';

/** Units of timestamps that are numbers. */
export type TimestampUnit = 's' | 'ms' | 'us' | 'ns';

/** A number as a trace has it: `12`, `-0.5`, `1700000000.123`. */
const numberPattern = /^-?\d+(?:\.\d+)?$/;
const msPerUnit: Readonly<Record<TimestampUnit, number>> = { s: 1_000, ms: 1, us: 1e-3, ns: 1e-6 };

/**
 * A timestamp in milliseconds: an instant with a time zone (ISO 8601, `T` or a space between date and
 * time) or the date of an access log, since 1970; or a number, since whatever the trace counts from.
 * Undefined for anything else. Instants are good to 0.3 µs.
 */
export function parseTimestamp(written: string, unit: TimestampUnit): number | undefined {
  const text = written.trim();
  if (numberPattern.test(text)) return Number(text) * msPerUnit[unit];
  const instant = parseIsoInstant(text.replace(/^(\d{4}-\d{2}-\d{2}) /, '$1T'));
  return instant === undefined ? parseLogDate(text) : instant.ms + instant.ns / nsPerMs;
}

const months = 'JanFebMarAprMayJunJulAugSepOctNovDec';
const logDatePattern = /^(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}:\d{2}:\d{2}) ([+-]\d{4})$/;

/** `10/Oct/2000:13:55:36 -0700`, `%t` of the Common Log Format, in milliseconds since 1970. */
export function parseLogDate(text: string): number | undefined {
  const [, day, name = '', year, time, zone] = logDatePattern.exec(text) ?? [];
  const month = months.indexOf(name) / 3;
  if (day === undefined || !Number.isInteger(month) || month < 0) return undefined;
  return parseIsoInstant(`${year}-${String(month + 1).padStart(2, '0')}-${day}T${time}${zone}`)?.ms;
}
