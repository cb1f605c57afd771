import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatCount,
  formatDurationMs,
  parseDurationMs,
  parsePercent,
  parseRatePerS,
} from '../../../src/core/units.ts';

describe('units', () => {
  it.each([
    ['250ms', 250],
    ['3s', 3_000],
    ['1.5m', 90_000],
    ['2 min', 120_000],
    ['500us', 0.5],
    ['.5s', 500],
    ['1h', 3_600_000],
  ])('reads the duration %s', (text, ms) => expect(parseDurationMs(text)).toBe(ms));

  it.each([
    '250',
    '3 parsecs',
    '-1s',
    's',
    '',
    '1s2ms',
    '1e3s',
    'NaNs',
    'constructors',
    '1 constructor',
  ])('refuses the duration "%s"', (text) => expect(parseDurationMs(text)).toBeUndefined());

  it.each([
    ['500/s', 500],
    ['30/m', 0.5],
    ['1.5 / s', 1.5],
    ['7200/h', 2],
  ])('reads the rate %s', (text, perS) => expect(parseRatePerS(text)).toBe(perS));

  it.each(['500', '/s', '5/day', '5/ms'])('refuses the rate "%s"', (text) =>
    expect(parseRatePerS(text)).toBeUndefined(),
  );

  it.each([
    [0, '0'],
    [999, '999'],
    [1_000, '1,000'],
    [-1_234_567.5, '-1,234,567'],
    [12_345_678_901, '12,345,678,901'],
  ])('writes the count %s as %s', (count, text) => expect(formatCount(count)).toBe(text));

  it('reads percentages as shares of 1', () => {
    expect(parsePercent('20%')).toBe(0.2);
    expect(parsePercent('0.5 %')).toBe(0.005);
    expect(parsePercent('20')).toBeUndefined();
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const parse of [parseDurationMs, parseRatePerS, parsePercent]) {
          const value = parse(text);
          expect(value === undefined || value >= 0).toBe(true);
        }
      }),
    );
  });

  it.each([
    [0.25, '250 µs'],
    [12.34, '12.3 ms'],
    [250, '250 ms'],
    [3_000, '3.00 s'],
    [125_000, '2 m 05 s'],
  ])('writes %d ms as %s', (ms, text) => expect(formatDurationMs(ms)).toBe(text));
});
