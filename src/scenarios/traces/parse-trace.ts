import { CsvReader, delimiterOf } from '../../core/csv.ts';
import { nearest } from '../suggest.ts';
import { parseLogDate, parseTimestamp, type TimestampUnit } from './timestamps.ts';

/** How the timestamps of a trace are found. */
export interface TraceLayout {
  /** Name of the CSV column, or its number from 1; undefined for an access log. */
  readonly column?: string | number | undefined;
  readonly unit: TimestampUnit;
  /** Only lines that hold this text count. */
  readonly match?: string | undefined;
  /** Lines may be out of order. */
  readonly sort: boolean;
}

/** A mistake in a trace, with the line in its words. */
interface TraceMistake {
  readonly what: string;
  readonly fix: string;
}

/** The timestamps of a trace, ascending, in milliseconds; or what is wrong with it. */
export type ParsedTrace =
  | { readonly timesMs: Float64Array }
  | { readonly mistakes: readonly TraceMistake[] };

/** More of a kind are counted, not listed. */
const mistakesShownMax = 3;

/**
 * Reads the timestamps of an access log (Common and Combined Log Format: the date in brackets) or of a
 * column of a CSV file. Empty lines are passed over.
 *
 * @param file what messages call it
 */
export function parseTrace(file: string, text: string, layout: TraceLayout): ParsedTrace {
  const reading = new TraceReading(file, layout);
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  if (layout.column === undefined) readLog(lines, layout, reading);
  else readCsv(lines, { ...layout, column: layout.column }, reading);
  return reading.end();
}

const bracketed = /\[([^\]]+)\]/;

function readLog(lines: readonly string[], { match }: TraceLayout, reading: TraceReading): void {
  lines.forEach((line, index) => {
    if (line.trim() === '' || (match !== undefined && !line.includes(match))) return;
    const ms = parseLogDate(bracketed.exec(line)?.[1] ?? '');
    if (ms === undefined) {
      reading.reject(index + 1, 'has no date such as [10/Oct/2000:13:55:36 -0700]', logAdvice);
    } else reading.take(index + 1, ms);
  });
}

const logAdvice =
  'correct or remove it; of a CSV file, name the column of the timestamps with column';
const csvAdvice = 'write an instant with a time zone, or a number in the unit that unit names';

function readCsv(
  lines: readonly string[],
  layout: TraceLayout & { readonly column: string | number },
  reading: TraceReading,
): void {
  const reader = new CsvReader(delimiterOf(lines.find((line) => line.trim() !== '') ?? ''));
  let position = typeof layout.column === 'number' ? layout.column - 1 : undefined;
  let startLine = 0;
  for (const [index, line] of lines.entries()) {
    if (!reader.open) {
      if (line.trim() === '') continue;
      startLine = index + 1;
    }
    const fields = reader.push(line);
    if (fields === undefined) continue;
    if ('mistake' in fields) {
      reading.reject(startLine, `is no CSV: ${fields.mistake}`, 'correct or remove it');
      // What follows a quote gone astray is guesswork.
      return;
    }
    if (position === undefined) {
      position = fields.findIndex((field) => field.trim() === layout.column);
      if (position < 0) {
        reading.noColumn(String(layout.column), fields);
        return;
      }
    } else takeField(fields, position, startLine, layout, reading);
  }
  if (reader.open) reading.reject(startLine, 'has a quote that is never closed', 'close it');
}

function takeField(
  fields: readonly string[],
  position: number,
  line: number,
  { match, unit }: TraceLayout,
  reading: TraceReading,
): void {
  if (match !== undefined && !fields.some((field) => field.includes(match))) return;
  const written = fields[position];
  if (written === undefined) {
    reading.reject(line, `has no column ${position + 1}`, 'correct or remove it');
    return;
  }
  const ms = parseTimestamp(written, unit);
  if (ms !== undefined) reading.take(line, ms);
  else reading.reject(line, `has no timestamp, but ${quoted(written)}`, csvAdvice);
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 39)}…` : text);
}

/** Collects what lines hold, and what is wrong with them. */
class TraceReading {
  readonly #file: string;
  readonly #layout: TraceLayout;
  readonly #timesMs: number[] = [];
  readonly #mistakes: TraceMistake[] = [];
  #rejected = 0;
  #unsorted: TraceMistake | undefined;
  #lastLine = 0;

  constructor(file: string, layout: TraceLayout) {
    this.#file = file;
    this.#layout = layout;
  }

  take(line: number, ms: number): void {
    if (ms < 0) {
      this.reject(line, 'has a negative timestamp', 'count from a point before the first line');
      return;
    }
    if (ms < (this.#timesMs.at(-1) ?? 0) && !this.#layout.sort) {
      this.#unsorted ??= {
        what: `line ${line} of ${this.#file} is earlier than line ${this.#lastLine}`,
        fix: 'sort the file, or add sort: true',
      };
    }
    this.#timesMs.push(ms);
    this.#lastLine = line;
  }

  reject(line: number, what: string, fix: string): void {
    this.#rejected += 1;
    if (this.#mistakes.length === mistakesShownMax) return;
    this.#mistakes.push({ what: `line ${line} of ${this.#file} ${what}`, fix });
  }

  noColumn(column: string, header: readonly string[]): void {
    const names = header.map((name) => name.trim());
    const near = nearest(column, names);
    this.#mistakes.push({
      what: `${this.#file} has no column ${quoted(column)}`,
      fix:
        near === undefined
          ? `name one of its header, ${names.slice(0, 10).join(', ')}, or write its number where it has none`
          : `did you mean "${near}"?`,
    });
  }

  end(): ParsedTrace {
    const more = this.#rejected - mistakesShownMax;
    const mistakes = this.#mistakes.map((mistake, index) =>
      index === mistakesShownMax - 1 && more > 0
        ? { ...mistake, what: `${mistake.what}, and so it is with ${more} more lines` }
        : mistake,
    );
    if (this.#unsorted !== undefined) mistakes.push(this.#unsorted);
    if (mistakes.length > 0) return { mistakes };
    if (this.#timesMs.length === 0) return { mistakes: [this.#nothing()] };
    return { timesMs: Float64Array.from(this.#timesMs).sort() };
  }

  #nothing(): TraceMistake {
    const { match } = this.#layout;
    return match === undefined
      ? { what: `${this.#file} holds no timestamps`, fix: 'name a file that has some' }
      : {
          what: `no line of ${this.#file} holds ${quoted(match)}`,
          fix: 'change match, or leave it out',
        };
  }
}
