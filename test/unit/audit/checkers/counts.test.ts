import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Counts } from '../../../../src/audit/checkers/counts.ts';

describe('Counts', () => {
  it('counts each key by itself, and knows the largest', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5_000), { maxLength: 60 }), (keys) => {
        const counts = new Counts();
        for (const key of keys) counts.add(key);
        expect(counts.length).toBe(keys.length === 0 ? 0 : Math.max(...keys) + 1);
        for (const key of [0, 4_999, ...keys]) {
          expect(counts.of(key)).toBe(keys.filter((other) => other === key).length);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('raises a count, and never lowers one', () => {
    const counts = new Counts();
    for (const value of [2, 7, 3]) counts.raise(4, value);
    expect([counts.of(4), counts.of(3), counts.length]).toEqual([7, 0, 5]);
  });

  it('refuses a number that no record can have, before it makes room for it', () => {
    const counts = new Counts();
    counts.add(2 ** 26 - 1);
    expect(() => {
      counts.add(2 ** 32 - 1);
    }).toThrow('person or device number 4294967295 is out of range');
  });
});
