/** Longer records are none: a quote that is never closed must not fill the memory. */
const recordBytesMax = 1024 * 1024;

/** What is wrong with a record, in words. */
export interface CsvMistake {
  readonly mistake: string;
}

/** Separators that tools write. */
const delimiters = [',', ';', '\t'] as const;

/** The separator that a header line uses: the one that it has most of. */
export function delimiterOf(header: string): string {
  const counts = delimiters.map((delimiter) => header.split(delimiter).length);
  return delimiters[counts.indexOf(Math.max(...counts))] ?? ',';
}

/**
 * Strict RFC 4180: fields are separated by one delimiter; a field in double quotes may hold delimiters,
 * line ends, and quotes written twice. A quote anywhere else is a mistake. Lines are pushed one after
 * another, because a quoted line end makes a record of several.
 */
export class CsvReader {
  readonly #delimiter: string;
  #pending: string[] = [];
  #length = 0;
  #open = false;

  constructor(delimiter: string) {
    this.#delimiter = delimiter;
  }

  /** True while a quoted field goes on over the end of the line. */
  get open(): boolean {
    return this.#open;
  }

  /** @returns the record's fields, a mistake, or undefined while the record is not complete */
  push(line: string): readonly string[] | CsvMistake | undefined {
    if (!this.#open) {
      if (!line.includes('"')) return withoutReturn(line).split(this.#delimiter);
      const fields = fieldsOf(withoutReturn(line), this.#delimiter);
      if (fields !== 'open') return fields;
      this.#open = true;
      this.#pending = [line];
      this.#length = line.length;
      return undefined;
    }
    this.#pending.push(line);
    this.#length += line.length + 1;
    if (this.#length > recordBytesMax) return { mistake: 'a quoted field is longer than 1 MiB' };
    // Quotes come in pairs, written twice or not: only a line with an odd number can close the field.
    if (line.split('"').length % 2 === 1) return undefined;
    const fields = fieldsOf(withoutReturn(this.#pending.join('\n')), this.#delimiter);
    if (fields === 'open') return undefined;
    this.#open = false;
    return fields;
  }
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

/** `open`: the last field's quote is not closed. */
function fieldsOf(record: string, delimiter: string): readonly string[] | CsvMistake | 'open' {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    let end: number;
    if (record[at] === '"') {
      const closing = closingQuote(record, at);
      if (closing < 0) return 'open';
      end = closing + 1;
      fields.push(record.slice(at + 1, end - 1).replaceAll('""', '"'));
      if (end < record.length && record[end] !== delimiter) {
        return { mistake: `text follows the quoted field ${fields.length}` };
      }
    } else {
      const next = record.indexOf(delimiter, at);
      end = next < 0 ? record.length : next;
      const field = record.slice(at, end);
      if (field.includes('"')) return { mistake: `field ${fields.length + 1} has a stray quote` };
      fields.push(field);
    }
    if (end >= record.length) return fields;
    at = end + 1;
  }
}

/** Position of the quote that ends the field which begins at `start`; one written twice is none. -1: none. */
function closingQuote(record: string, start: number): number {
  let at = record.indexOf('"', start + 1);
  while (at >= 0 && record[at + 1] === '"') at = record.indexOf('"', at + 2);
  return at;
}
