import { describe, expect, it } from 'vitest';
import { parseLogDate, parseTimestamp } from '../../../../src/scenarios/traces/timestamps.ts';

describe('timestamps of a trace', () => {
  it.each([
    ['2026-11-27T10:00:00Z', Date.UTC(2026, 10, 27, 10)],
    ['2026-11-27 11:00:00.5+01:00', Date.UTC(2026, 10, 27, 10, 0, 0, 500)],
    ['10/Oct/2000:13:55:36 -0700', Date.UTC(2000, 9, 10, 20, 55, 36)],
    [' 12.5 ', 12_500],
    ['-3', -3_000],
    ['1700000000', 1_700_000_000_000],
  ])('%j is read in milliseconds', (written, expected) => {
    expect(parseTimestamp(written, 's')).toBe(expected);
  });

  it.each([
    ['s', 7_000],
    ['ms', 7],
    ['us', 0.007],
    ['ns', 0.000_007],
  ] as const)('a number of %s is worth what it says', (unit, expected) => {
    expect(parseTimestamp('7', unit)).toBeCloseTo(expected, 12);
  });

  it.each(['', 'noon', '2026-11-27T10:00:00', '2026-11-27', '1e9', '0x10', 'NaN', '1,5'])(
    '%j is none',
    (written) => expect(parseTimestamp(written, 's')).toBeUndefined(),
  );

  it.each([
    '10/Okt/2000:13:55:36 -0700',
    '10/nFe/2000:13:55:36 -0700',
    '1/Oct/2000:13:55:36 -0700',
    '10/Oct/2000:25:55:36 -0700',
    '10/Oct/2000:13:55:36',
    '10/Oct/2000 13:55:36 -0700',
  ])('%j is no date of an access log', (written) => {
    expect(parseLogDate(written)).toBeUndefined();
  });
});
