import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantMsOf } from '../../../../../src/targets/http/truth/row-times.ts';

const ten = Date.UTC(2026, 11, 1, 10);

describe('the time of a row', () => {
  it.each<[unknown, number]>([
    [new Date(ten + 123), 123],
    ['2026-12-01T10:00:00.123Z', 123],
    ['2026-12-01T10:00:00.123999999Z', 123],
    ['2026-12-01T11:00:00.123+01:00', 123],
    ['2026-12-01T11:00:00+0100', 0],
    // As PostgreSQL writes it.
    ['2026-12-01 11:00:00.123456+01', 123],
    ['2026-12-01 04:30:00-05:30', 0],
    // As Ruby does.
    ['2026-12-01 10:00:00 +0000', 0],
    ['2026-12-01 10:00:00', 0],
    ['2026-12-01 10:00:00.1', 100],
    ['2026-12-01 10:00:00.123456', 123],
    // As Java does with whole minutes.
    ['2026-12-01T10:00', 0],
    [ten + 123, 123],
    [ten + 123.9, 123],
    [BigInt(ten + 123), 123],
    [String(ten + 123), 123],
    [ten / 1000, 0],
    [ten / 1000 + 0.123, 123],
    [`${ten / 1000}.123456`, 123],
    [`${ten / 1000}.5`, 500],
    [` ${ten / 1000} `, 0],
  ])('of %o is read', (value, afterMs) => {
    expect(instantMsOf(value)).toBe(ten + afterMs);
  });

  it.each([
    '',
    'yesterday',
    '10:00:00',
    // A day is no time, and would be off by up to one.
    '2026-12-01',
    '2026-13-01 10:00:00',
    '0000-00-00 00:00:00',
    '01/12/2026 10:00',
    '2026-12-01 10:00:00 CET',
    // Microseconds would be a guess, and so would digits of a calendar.
    (ten + 123) * 1000,
    '20261201100000',
    '0123456789',
    42,
    -ten,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    new Date(Number.NaN),
    true,
    null,
    {},
    [],
  ])('of %o is not', (value) => {
    expect(instantMsOf(value)).toBeUndefined();
  });

  it('is the same in whatever form it is written', () => {
    const instants = fc.integer({ min: Date.UTC(2001, 9), max: Date.UTC(2286) });
    fc.assert(
      fc.property(instants, (ms) => {
        const iso = new Date(ms).toISOString();
        const seconds = `${Math.floor(ms / 1000)}.${String(ms % 1000).padStart(3, '0')}`;
        const forms = [new Date(ms), iso, iso.replace('T', ' ').replace('Z', ''), ms, `${ms}`];
        expect([...forms, seconds].map(instantMsOf)).toEqual(Array(6).fill(ms));
      }),
    );
  });
});
