import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTrace, type TraceLayout } from '../../../../src/scenarios/traces/parse-trace.ts';

const layout: TraceLayout = { unit: 's', sort: false };
const csv: TraceLayout = { ...layout, column: 'at' };

function timesOf(text: string, changes: TraceLayout): readonly number[] {
  const parsed = parseTrace('a.log', text, changes);
  if ('mistakes' in parsed) throw new Error(parsed.mistakes[0]?.what);
  return [...parsed.timesMs];
}

function mistakesOf(text: string, changes: TraceLayout): readonly string[] {
  const parsed = parseTrace('a.log', text, changes);
  if (!('mistakes' in parsed)) throw new Error('it was read');
  return parsed.mistakes.map(({ what, fix }) => `${what} | ${fix}`);
}

const at = (second: number): number => Date.UTC(2026, 10, 27, 10, 0, second);
const line = (second: number, rest = '"POST /orders HTTP/1.1" 201 17'): string =>
  `10.0.0.1 - frank [27/Nov/2026:10:00:0${second} +0000] ${rest}`;

describe('an access log', () => {
  it('in Common and in Combined Log Format has its dates in brackets', () => {
    const combined = line(2, '"GET / HTTP/1.1" 200 5 "https://a.example/[1]" "Mozilla/5.0 [en]"');
    const text = `${line(1)}\r\n${combined}\n\n${line(2)}`;
    expect(timesOf(text, layout)).toEqual([at(1), at(2), at(2)]);
  });

  it('may have lines that do not count, whatever they hold', () => {
    const text = `${line(1)}\n# GET nothing\n${line(3, '"GET / HTTP/1.1" 200 5')}\n${line(4)}\n`;
    expect(timesOf(text, { ...layout, match: 'POST /orders' })).toEqual([at(1), at(4)]);
  });

  it('in the order of the answers can be sorted', () => {
    const text = `${line(2)}\n${line(1)}\n${line(3)}`;
    expect(timesOf(text, { ...layout, sort: true })).toEqual([at(1), at(2), at(3)]);
    expect(mistakesOf(text, layout)).toEqual([
      'line 2 of a.log is earlier than line 1 | sort the file, or add sort: true',
    ]);
  });

  it('tells the numbers of lines that have no date, the first three of them', () => {
    const fix =
      'correct or remove it; of a CSV file, name the column of the timestamps with column';
    const what = 'has no date such as [10/Oct/2000:13:55:36 -0700]';
    expect(mistakesOf(`${line(1)}\nrubbish\n${line(2)}`, layout)).toEqual([
      `line 2 of a.log ${what} | ${fix}`,
    ]);
    expect(mistakesOf(`${line(1)}\n${'[x]\n'.repeat(9)}`, layout)).toEqual([
      `line 2 of a.log ${what} | ${fix}`,
      `line 3 of a.log ${what} | ${fix}`,
      `line 4 of a.log ${what}, and so it is with 6 more lines | ${fix}`,
    ]);
  });
});

describe('a CSV file', () => {
  it('has its timestamps in a column, by name or by number', () => {
    expect(timesOf('id;at\n1;0.5\n\n2;7\n', csv)).toEqual([500, 7_000]);
    expect(timesOf('1,250\n2,750\n', { ...csv, column: 2, unit: 'ms' })).toEqual([250, 750]);
    expect(timesOf('\uFEFFat\n2026-11-27T10:00:01Z\n', csv)).toEqual([at(1)]);
  });

  it('may quote its fields, over several lines, and have records that do not count', () => {
    const text = 'what,at\n"a, ""b""\nPOST",1\nGET,x\nPOST,2';
    expect(timesOf(text, { ...csv, match: 'POST' })).toEqual([1_000, 2_000]);
  });

  it.each([
    [
      'id,when\n1,2',
      'a.log has no column "at" | name one of its header, id, when, or write its number where it has none',
    ],
    ['id,At\n1,2', 'a.log has no column "at" | did you mean "At"?'],
    ['id,at\n1', 'line 2 of a.log has no column 2 | correct or remove it'],
    [
      'id,at\n1,soon',
      'line 2 of a.log has no timestamp, but "soon" | write an instant with a time zone, or a number in the unit that unit names',
    ],
    [
      `id,at\n\n1,${'9'.repeat(50)}x`,
      `line 3 of a.log has no timestamp, but "${'9'.repeat(39)}…" | write an instant with a time zone, or a number in the unit that unit names`,
    ],
    [
      'id,at\n1,-5',
      'line 2 of a.log has a negative timestamp | count from a point before the first line',
    ],
    ['at\n5\n4\n3', 'line 3 of a.log is earlier than line 2 | sort the file, or add sort: true'],
    ['id,at\n1"2,5', 'line 2 of a.log is no CSV: field 1 has a stray quote | correct or remove it'],
    ['id,at\n"1,5\n2,6', 'line 2 of a.log has a quote that is never closed | close it'],
    ['id,at\n', 'a.log holds no timestamps | name a file that has some'],
  ])('%j is refused', (text, mistake) => {
    expect(mistakesOf(text, csv)).toEqual([mistake]);
  });
});

describe('a file', () => {
  it.each(['', '\n\n', '  \n'])('of %j holds no timestamps', (text) => {
    for (const format of [layout, csv]) {
      expect(mistakesOf(text, format)).toEqual([
        'a.log holds no timestamps | name a file that has some',
      ]);
    }
  });

  it('in which nothing matches is told so', () => {
    expect(mistakesOf(line(1), { ...layout, match: 'PUT' })).toEqual([
      'no line of a.log holds "PUT" | change match, or leave it out',
    ]);
  });

  it('of anything at all is a trace or a mistake, and never out of order', () => {
    const column = fc.constantFrom(undefined, 'at', 1, 2);
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.constantFrom('at', '1', '2.5', '-1', ',', ';', '"', line(1), line(0), 'x'))
        .map((parts) => parts.join('\n')),
    );
    fc.assert(
      fc.property(text, column, fc.boolean(), (written, where, sort) => {
        const parsed = parseTrace('a.log', written, { ...layout, column: where, sort });
        if ('mistakes' in parsed) expect(parsed.mistakes.length).toBeGreaterThan(0);
        else expect(parsed.timesMs).toEqual(parsed.timesMs.slice().sort());
      }),
    );
  });
});
