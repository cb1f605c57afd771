import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Instant,
  parseIsoInstant,
  parseMs,
  parseNs,
  plusMs,
} from '../../../src/core/instants.ts';

const at = (iso: string, ns: number): Instant => ({ ms: Date.parse(iso), ns });

describe('instants', () => {
  it.each([
    ['2026-11-27T10:00:00Z', at('2026-11-27T10:00:00Z', 0)],
    ['2026-11-27T10:00:00.5Z', at('2026-11-27T10:00:00.500Z', 0)],
    ['2026-11-27T11:00:00.123456789+01:00', at('2026-11-27T10:00:00.123Z', 456_789)],
    ['2026-11-27T10:00:00,000000001Z', at('2026-11-27T10:00:00Z', 1)],
    ['2026-11-27T10:00:00', undefined],
    ['2026-11-27', undefined],
    ['2026-13-27T10:00:00Z', undefined],
    ['10:00', undefined],
  ])('%s is read to the nanosecond, and only with a zone', (text, expected) => {
    expect(parseIsoInstant(text)).toEqual(expected);
  });

  it.each([
    [parseMs(1_700_000_000_000.25), { ms: 1_700_000_000_000, ns: 250_000 }],
    [parseMs('12.5'), { ms: 12, ns: 500_000 }],
    [parseMs(-0.5), { ms: -1, ns: 500_000 }],
    [parseMs(0.999_999_9), { ms: 1, ns: 0 }],
    [parseMs('later'), undefined],
    [parseMs(Number.NaN), undefined],
    [parseMs(1e300), undefined],
    [parseNs('1700000000123456789'), { ms: 1_700_000_000_123, ns: 456_789 }],
    [parseNs(-1n), { ms: -1, ns: 999_999 }],
    [parseNs('1.5'), undefined],
    [parseNs(Number.POSITIVE_INFINITY), undefined],
  ])('numbers of milli- and nanoseconds: %#', (found, expected) => {
    expect(found).toEqual(expected);
  });

  it('move by fractions of a millisecond without losing a nanosecond', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e9, max: 1e9 }),
        fc.integer({ min: -1e9, max: 1e9 }),
        (a, b) => {
          const moved = plusMs(parseNs(BigInt(a)) ?? { ms: Number.NaN, ns: 0 }, b / 1e6);
          expect(moved.ms * 1e6 + moved.ns).toBe(a + b);
        },
      ),
    );
  });
});
