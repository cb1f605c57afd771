import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CsvReader, delimiterOf } from '../../../src/core/csv.ts';

/** Records of a text, or the first mistake. */
function read(text: string, delimiter = ','): unknown[] {
  const reader = new CsvReader(delimiter);
  return text.split('\n').flatMap((line) => {
    const found = reader.push(line);
    return found === undefined ? [] : [found];
  });
}

function written(rows: readonly (readonly string[])[], delimiter: string, lineEnd: string): string {
  const quoted = (field: string): string => `"${field.replaceAll('"', '""')}"`;
  return rows.map((row) => row.map(quoted).join(delimiter)).join(lineEnd);
}

describe('CSV', () => {
  it.each([
    ['plain fields', 'a,b,', [['a', 'b', '']]],
    [
      'line ends of Windows',
      'a,b\r\nc,d\r',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['quotes', '"a,1","say ""no""",""', [['a,1', 'say "no"', '']]],
    ['a quoted line end', '1,"two\r\nlines",3\r', [['1', 'two\r\nlines', '3']]],
    ['a field of quotes alone', '"""",x', [['"', 'x']]],
    ['spaces, which belong to the field', ' a , b', [[' a ', ' b']]],
  ])('reads %s', (_title, text, rows) => {
    expect(read(text)).toEqual(rows);
  });

  it.each([
    ['text behind a quoted field', '"a"b,c', /follows the quoted field 1/],
    ['a stray quote', 'a,b"c""d",e', /field 2 has a stray quote/],
    ['a stray quote without another', 'a,b"c,e', /field 2 has a stray quote/],
  ])('refuses %s', (_title, text, mistake) => {
    expect(read(text)).toEqual([{ mistake: expect.stringMatching(mistake) as string }]);
  });

  it('keeps a record open until its quote is closed', () => {
    const reader = new CsvReader(',');
    expect([reader.push('"a'), reader.open]).toEqual([undefined, true]);
    expect([reader.push('b",c'), reader.open]).toEqual([['a\nb', 'c'], false]);
  });

  it('gives up a quoted field that never ends', () => {
    const reader = new CsvReader(',');
    reader.push('"a');
    const mebibyte = 'x'.repeat(1024 * 1024);
    expect(reader.push(mebibyte)).toEqual({ mistake: 'a quoted field is longer than 1 MiB' });
  });

  it('reads back whatever RFC 4180 can write', () => {
    const field = fc.string({ unit: fc.constantFrom('a', '"', ',', ';', '\n', '\r', ' ', 'é') });
    const rows = fc.array(fc.array(field, { minLength: 1, maxLength: 4 }), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(
        rows,
        fc.constantFrom(',', ';'),
        fc.constantFrom('\n', '\r\n'),
        (all, delimiter, end) => {
          expect(read(written(all, delimiter, end), delimiter)).toEqual(all);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('finds the delimiter in the header', () => {
    expect(['a,b,c', 'a;b;c', 'a\tb', 'a'].map(delimiterOf)).toEqual([',', ';', '\t', ',']);
  });
});
