import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayWidth, hanging, plain, truncate, wrap } from '../../../src/reporters/text.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 80 });

describe('plain', () => {
  it.each([
    ['\u001b[31mred\u001b[0m', 'red'],
    ['a\tb\r\nc', 'a b c'],
    ['\u009b2Jx', '2Jx'],
    ['\u202eabc', 'abc'],
    ['Schuh 靴 👟', 'Schuh 靴 👟'],
  ])('makes %j harmless', (text, expected) => {
    expect(plain(text)).toBe(expected);
  });

  it('cuts what is too long', () => {
    expect(plain('abcdef', 4)).toBe('abc…');
  });

  it('leaves nothing that a terminal obeys in any text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(plain(text)).not.toMatch(/[\p{Cc}\u2028-\u202e]/u);
      }),
    );
  });
});

describe('displayWidth', () => {
  it.each([
    ['', 0],
    ['abc', 3],
    ['µs ✓', 4],
    ['靴', 2],
    ['e\u0301', 1],
    ['👟', 2],
  ])('of %j is %i', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe('truncate', () => {
  it('never gives more columns than asked for', () => {
    fc.assert(
      fc.property(
        anyText.map((text) => plain(text)),
        fc.integer({ min: 0, max: 40 }),
        (text, columns) => {
          expect(displayWidth(truncate(text, columns))).toBeLessThanOrEqual(columns);
        },
      ),
    );
  });

  it('leaves alone what fits', () => {
    expect(truncate('abc', 3)).toBe('abc');
  });
});

describe('wrap', () => {
  it('breaks at spaces, and long words anywhere', () => {
    expect(wrap('one two threefour', 7)).toEqual(['one two', 'threefo', 'ur']);
  });

  it('loses no word and keeps within the width', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(words, fc.integer({ min: 12, max: 40 }), (list, columns) => {
        const lines = wrap(list.join(' '), columns);
        expect(lines.join(' ')).toBe(list.join(' '));
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
      }),
    );
  });

  it('hangs below a label', () => {
    expect(hanging('- ', 'one two', 6)).toEqual(['- one', '  two']);
  });
});
