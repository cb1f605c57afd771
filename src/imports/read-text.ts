import { CsvReader, delimiterOf } from '../core/csv.ts';
import type { HistoryCollector } from './collector.ts';
import {
  jmeterColumns,
  jmeterSample,
  jsonObject,
  k6Sample,
  nativeSample,
  type Sample,
  type TextFormat,
  unknownColumns,
} from './formats.ts';
import { importError } from './import-error.ts';
import { readLines } from './lines.ts';
import { type Mapping, mappedFields } from './mapping.ts';
import { rowOf } from './row.ts';

const recordFix = 'Correct the record, or see docs/reference/history-format.md.';
const kindsShownMax = 5;

/** What was noticed while a file was read. */
export interface ReadNotes {
  /** The last record was cut short, as by a writer that was killed: it is left out. */
  readonly cutShort: boolean;
  /** Records that the mapping leaves out. */
  readonly leftOut: number;
  readonly unknownColumns: readonly string[];
}

/** Reads a text of any format into `collector`. */
export async function readText(
  path: string,
  format: TextFormat,
  mapping: Mapping | undefined,
  collector: HistoryCollector,
): Promise<ReadNotes> {
  const reader = new TextReader(path, format, mapping, collector);
  for await (const { lines, first, unterminated } of readLines(path)) {
    for (const [index, line] of lines.entries()) reader.push(line, first + index, unterminated);
  }
  return reader.finish();
}

class TextReader {
  readonly #path: string;
  readonly #format: TextFormat;
  readonly #mapping: Mapping | undefined;
  readonly #collector: HistoryCollector;
  readonly #kinds = new Set<string>();
  readonly #unknown = new Set<string>();
  #csv: CsvReader | undefined;
  #header: readonly string[] | undefined;
  /** Line on which the record at hand began. */
  #recordLine = 0;
  #cutShort = false;
  #leftOut = 0;

  constructor(
    path: string,
    format: TextFormat,
    mapping: Mapping | undefined,
    collector: HistoryCollector,
  ) {
    this.#path = path;
    this.#format = format;
    this.#mapping = mapping;
    this.#collector = collector;
  }

  push(line: string, number: number, unterminated: boolean): void {
    if (this.#format === 'csv' || this.#format === 'jmeter') {
      this.#pushCsv(line, number, unterminated);
      return;
    }
    const text = line.trim();
    if (text === '') return;
    // A JSON object shows whether it is whole, with or without a line end behind it. What does not
    // even begin as one was not cut short: it is no record.
    if (unterminated && text.startsWith('{') && jsonObject(text) === undefined) {
      this.#cutShort = true;
      return;
    }
    this.#take(this.#format === 'k6' ? k6Sample(text) : this.#native(text), number);
  }

  #native(line: string): Sample {
    const record = jsonObject(line);
    if (record === undefined) return { mistake: 'it is no JSON object' };
    for (const column of unknownColumns(Object.keys(record))) this.#noteUnknown(column);
    return nativeSample(record);
  }

  #pushCsv(line: string, number: number, unterminated: boolean): void {
    if (unterminated) {
      // Nothing shows whether the last field is whole: "1" may have been meant to be "10".
      if (line.trim() !== '') this.#cutShort = true;
      return;
    }
    if (this.#csv?.open !== true) {
      if (line.trim() === '') return;
      this.#recordLine = number;
    }
    this.#csv ??= new CsvReader(delimiterOf(line));
    const fields = this.#csv.push(line);
    if (fields === undefined) return;
    if ('mistake' in fields) throw this.#error(fields.mistake, this.#recordLine);
    if (this.#header === undefined) this.#header = this.#checkedHeader(fields);
    else this.#take(this.#csvSample(this.#header, fields), this.#recordLine);
  }

  #checkedHeader(header: readonly string[]): readonly string[] {
    if (new Set(header).size < header.length) throw this.#error('a column stands here twice', 1);
    const missing = this.#format === 'jmeter' ? jmeterColumns : [];
    for (const column of missing) {
      if (!header.includes(column)) {
        throw importError(this.#path, `the column ${column} is missing`, jmeterFix, { line: 1 });
      }
    }
    if (this.#format === 'csv') unknownColumns(header).forEach((name) => this.#noteUnknown(name));
    return header;
  }

  #csvSample(header: readonly string[], fields: readonly string[]): Sample {
    if (fields.length !== header.length) {
      return { mistake: `it has ${fields.length} fields, and the header has ${header.length}` };
    }
    const record: Record<string, unknown> = {};
    for (const [index, column] of header.entries()) record[column] = fields[index];
    return this.#format === 'jmeter' ? jmeterSample(record) : nativeSample(record);
  }

  #take(sample: Sample, line: number): void {
    if (sample === 'skip') return;
    if ('mistake' in sample) throw this.#error(sample.mistake, line);
    if (sample.kind !== undefined) this.#noteKind(sample.kind);
    const fields =
      this.#mapping === undefined
        ? sample.fields
        : mappedFields(this.#mapping, sample.record, sample.fields);
    if (fields === undefined) {
      this.#leftOut += 1;
      return;
    }
    const row = rowOf(fields);
    if ('mistake' in row) throw this.#error(row.mistake, line);
    const mistake = this.#collector.add(row, line);
    if (mistake !== undefined) throw this.#error(mistake, line);
  }

  /** Without a mapping every record is an order: that can only be when all are of one kind. */
  #noteKind(kind: string): void {
    if (this.#mapping?.operations !== undefined || this.#kinds.size > kindsShownMax) return;
    this.#kinds.add(kind);
  }

  #noteUnknown(column: string): void {
    if (this.#mapping === undefined && this.#unknown.size < 20) this.#unknown.add(column);
  }

  #error(mistake: string, line: number): Error {
    return importError(this.#path, mistake, recordFix, { line });
  }

  finish(): ReadNotes {
    if (this.#kinds.size > 1) {
      const shown = [...this.#kinds].slice(0, kindsShownMax).map((kind) => JSON.stringify(kind));
      throw importError(
        this.#path,
        `it has several kinds of requests (${shown.join(', ')}${this.#kinds.size > kindsShownMax ? ', …' : ''}), and nothing says which of them are orders`,
        'Write a mapping with `operations` and name it with --mapping: see docs/reference/history-format.md.',
      );
    }
    return {
      cutShort: this.#cutShort || this.#csv?.open === true,
      leftOut: this.#leftOut,
      unknownColumns: [...this.#unknown],
    };
  }
}

const jmeterFix =
  'Save the results as CSV with field names (jmeter.save.saveservice.output_format=csv, print_field_names=true).';
