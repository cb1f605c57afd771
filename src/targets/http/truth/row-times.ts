import { parseIsoInstant } from '../../../core/instants.ts';

const textPattern =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2}(?:[.,]\d+)?)? ?(Z|[+-]\d{2}(?::?\d{2})?)?$/;
const epochPattern =
  /^(?:(?<seconds>[1-9]\d{9})(?:\.(?<fraction>\d+))?|(?<ms>[1-9]\d{12})(?:\.\d+)?)$/;

/**
 * An instant as drivers and JSON hand it over, in ms since 1970, rounded down: a Date; ISO 8601 text, with a
 * blank for the T if need be, in UTC where it has no offset; or the time since 1970, as a number or digits:
 * ten before the point are seconds, thirteen milliseconds (both from 2001 to 2286). Everything else is undefined:
 * days alone, and microseconds, which would be a guess.
 */
export function instantMsOf(value: unknown): number | undefined {
  if (value instanceof Date) {
    const ms = value.getTime();
    return Number.isNaN(ms) ? undefined : ms;
  }
  const isNumber = typeof value === 'number' || typeof value === 'bigint';
  const text = isNumber ? String(value) : typeof value === 'string' ? value.trim() : '';
  return epochMsOf(text) ?? isoMsOf(text);
}

function epochMsOf(text: string): number | undefined {
  const { seconds, fraction = '', ms } = epochPattern.exec(text)?.groups ?? {};
  if (ms !== undefined) return Number(ms);
  // By its digits: a product of floating point may fall short of the millisecond.
  return seconds === undefined ? undefined : Number(seconds + fraction.padEnd(3, '0').slice(0, 3));
}

function isoMsOf(text: string): number | undefined {
  const [, date, minutes, seconds = ':00', zone = 'Z'] = textPattern.exec(text) ?? [];
  if (date === undefined || minutes === undefined) return undefined;
  const offset = /^[+-]\d{2}$/.test(zone) ? `${zone}:00` : zone;
  return parseIsoInstant(`${date}T${minutes}${seconds}${offset}`)?.ms;
}
