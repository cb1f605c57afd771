import { readFile, stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { CsvReader, delimiterOf } from '../../core/csv.ts';
import { FlashsimError, messageOf, systemCodeOf } from '../../core/errors.ts';
import type { FeederFile } from './options.ts';
import type { FeederRows, Feeders } from './template-spec.ts';

const fileBytesMax = 256 * 1024 * 1024;

/**
 * Reads feeders: one row for each person, in their order.
 *
 * @param folder where paths count from
 * @param people how many come, and so how many rows there have to be
 * @throws FlashsimError SCENARIO_INVALID when a file cannot be used
 */
export async function readFeeders(
  files: Readonly<Record<string, FeederFile>>,
  folder: string,
  people: number,
): Promise<Feeders> {
  const read = Object.entries(files).map(async ([name, { file }]) => {
    const rows = await readRows(name, resolve(folder, file));
    if (rows.rows.length < people) {
      throw unusable(
        name,
        `${file} has ${rows.rows.length} rows, and ${people} people come`,
        'Add rows, one for each person, or lower workload.users.',
      );
    }
    return [name, { ...rows, rows: rows.rows.slice(0, people) }] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}

async function readRows(name: string, path: string): Promise<FeederRows> {
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > fileBytesMax) throw unusable(name, `${path} is larger than 256 MiB`, 'Split it.');
    text = (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    if (error instanceof FlashsimError) throw error;
    const why = systemCodeOf(error) === 'ENOENT' ? 'there is no such file' : messageOf(error);
    throw unusable(
      name,
      `${path} cannot be read: ${why}`,
      'Correct its path: it counts from the scenario.',
    );
  }
  const rows = extname(path) === '.json' ? jsonRows(name, path, text) : csvRows(name, path, text);
  const bad = rows.rows.findIndex((row) => row.some((value) => /[\r\n\0]/.test(value)));
  if (bad >= 0) {
    throw unusable(name, `row ${bad + 1} of ${path} has a line end in it`, 'Take it out.');
  }
  return rows;
}

function csvRows(name: string, path: string, text: string): FeederRows {
  const lines = text.split('\n');
  const reader = new CsvReader(delimiterOf(lines[0] ?? ''));
  const records: (readonly string[])[] = [];
  for (const [index, line] of lines.entries()) {
    if (!reader.open && (line === '' || line === '\r')) continue;
    const record = reader.push(line);
    if (record === undefined) continue;
    if ('mistake' in record) {
      throw unusable(name, `line ${index + 1} of ${path}: ${record.mistake}`, 'Correct it.');
    }
    records.push(record);
  }
  const [columns = [], ...rows] = records;
  const short = rows.findIndex((row) => row.length !== columns.length);
  if (short >= 0) {
    const had = `${rows[short]?.length ?? 0} fields, and the header ${columns.length}`;
    throw unusable(name, `row ${short + 1} of ${path} has ${had}`, 'Correct it.');
  }
  return { columns: columns.map((column) => column.trim()), rows };
}

function jsonRows(name: string, path: string, text: string): FeederRows {
  const fix = 'Write a list of objects, such as [{ "email": "a@example.com" }].';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw unusable(name, `${path} is no JSON: ${messageOf(error)}`, fix);
  }
  const isRow = (row: unknown): row is Readonly<Record<string, unknown>> =>
    typeof row === 'object' && row !== null && !Array.isArray(row);
  if (!Array.isArray(value) || !value.every(isRow)) {
    throw unusable(name, `${path} is no list of objects`, fix);
  }
  const columns = Object.keys(value[0] ?? {});
  const rows = value.map((row) =>
    columns.map((column) => {
      const member = row[column];
      return typeof member === 'string' ? member : JSON.stringify(member ?? '');
    }),
  );
  return { columns, rows };
}

function unusable(name: string, what: string, fix: string): FlashsimError {
  return new FlashsimError('SCENARIO_INVALID', {
    what: `The feeder "${name}" cannot be used: ${what}.`,
    fix,
  });
}

/**
 * Looks whether every column that is asked for is there. Names that are no feeder are passed over.
 *
 * @throws FlashsimError SCENARIO_INVALID
 */
export function checkFeederColumns(texts: unknown, feeders: Feeders): void {
  const placeholder = /\{\{\s*([A-Za-z][\w-]*)\.([A-Za-z_][\w-]*)/g;
  for (const [, name = '', column = ''] of JSON.stringify(texts ?? null).matchAll(placeholder)) {
    const columns = Object.hasOwn(feeders, name) ? feeders[name]?.columns : undefined;
    if (columns === undefined || columns.includes(column)) continue;
    throw unusable(
      name,
      `it has no column "${column}"`,
      `Its columns are ${columns.slice(0, 12).join(', ')}.`,
    );
  }
}
