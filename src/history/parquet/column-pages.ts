import { crc32 } from 'node:zlib';
import type { PageHeader } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import type { ColumnSpec } from './layout.ts';
import { checkThrift } from './thrift-check.ts';

interface Page {
  readonly header: PageHeader;
  readonly bytes: Buffer;
}

/** Bit i: row i has a value. undefined: every row has one. */
export type PresenceBits = Uint8Array | undefined;

/** Rows in the order of a dictionary's values. */
export interface Indexed<V> {
  readonly dictionary: readonly V[];
  /** By row that has a value. */
  readonly indices: Uint16Array<ArrayBuffer>;
}

/**
 * The pages of one column of a row group, checked: their checksums, and that they are laid out as
 * flashsim does. Values are decoded when they are asked for.
 */
export class ColumnPages {
  readonly rows: number;
  /** Rows that have a value. */
  readonly count: number;
  readonly presence: PresenceBits;
  readonly #name: string;
  readonly #dictionary: Page | undefined;
  /** The values, or the indices into the dictionary. */
  readonly #values: Buffer;

  /** @param bytes exactly the column's pages */
  constructor({ name, nullable }: ColumnSpec, rows: number, bytes: Buffer) {
    this.#name = name;
    this.rows = rows;
    let [page, next] = this.#pageAt(bytes, 0);
    if (page.header.type === 'DICTIONARY_PAGE') {
      this.#dictionary = page;
      [page, next] = this.#pageAt(bytes, next);
    }
    const header = page.header.data_page_header_v2;
    if (next !== bytes.length || page.header.type !== 'DATA_PAGE_V2' || header === undefined) {
      throw this.#damaged('has other pages than expected');
    }
    const levelBytes = header.definition_levels_byte_length;
    const encoding = this.#dictionary === undefined ? 'PLAIN' : 'RLE_DICTIONARY';
    const isRight =
      header.num_values === rows &&
      header.num_rows === rows &&
      header.encoding === encoding &&
      header.repetition_levels_byte_length === 0 &&
      levelBytes >= 0 &&
      levelBytes <= page.bytes.length &&
      (nullable === true || levelBytes === 0);
    if (!isRight) throw this.#damaged('has a page that is not as flashsim writes it');
    const levels = page.bytes.subarray(0, levelBytes);
    const { count, bits } = nullable === true ? presenceOf(levels, rows) : allOf(rows);
    this.count = count;
    this.presence = bits;
    if (rows - count !== header.num_nulls) throw this.#damaged('miscounts its nulls');
    this.#values = page.bytes.subarray(levelBytes);
  }

  /** PLAIN values of `width` bytes each, copied to where `values` is. */
  copyTo(values: ArrayBufferView): void {
    if (this.#dictionary !== undefined || this.#values.length !== values.byteLength) {
      throw this.#damaged(`has ${this.#values.length} bytes of values`);
    }
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength).set(this.#values);
  }

  /** One double a row, NaN for rows without a value. */
  doubles(): Float64Array<ArrayBuffer> {
    const values = new Float64Array(this.count);
    this.copyTo(values);
    if (this.presence === undefined) return values;
    const all = new Float64Array(this.rows).fill(Number.NaN);
    const rows = this.presentRows();
    for (let index = 0; index < rows.length; index += 1) {
      all[rows[index] ?? 0] = values[index] ?? Number.NaN;
    }
    return all;
  }

  int32s(): Int32Array<ArrayBuffer> {
    const values = new Int32Array(this.count);
    this.copyTo(values);
    return values;
  }

  /** Whole numbers of 64 bits as 32 bits without a sign; others are refused. */
  uint32s(): Uint32Array<ArrayBuffer> {
    const words = new Uint32Array(this.count * 2);
    this.copyTo(words);
    const values = new Uint32Array(this.count);
    for (let index = 0; index < this.count; index += 1) {
      if (words[index * 2 + 1] !== 0) throw this.#damaged('has a value out of range');
      values[index] = words[index * 2] ?? 0;
    }
    return values;
  }

  bigInts(): BigInt64Array {
    const values = new BigInt64Array(this.count);
    this.copyTo(values);
    return values;
  }

  /** Texts of the rows that have one. */
  texts(): string[] {
    if (this.#dictionary !== undefined) {
      const { dictionary, indices } = this.indexedTexts();
      return Array.from(indices, (index) => dictionary[index] ?? '');
    }
    return this.#textsIn(this.#values, this.count);
  }

  indexedTexts(): Indexed<string> {
    const { bytes, count } = this.#dictionaryPage(4);
    return this.#indexed(this.#textsIn(bytes, count));
  }

  /**
   * Integers of few distinct values, each in min..max.
   *
   * @returns the values of the rows that have one, by way of the dictionary
   */
  indexedInts(min: number, max: number): Indexed<number> {
    if (this.count === 0 && this.#values.length === 0) {
      return { dictionary: [], indices: new Uint16Array(0) };
    }
    const { bytes, count } = this.#dictionaryPage(4);
    if (bytes.length !== count * 4) throw this.#damaged('has a dictionary of another length');
    const dictionary = Array.from({ length: count }, (_, index) => bytes.readInt32LE(index * 4));
    if (dictionary.some((value) => value < min || value > max)) {
      throw this.#damaged('has a value out of range');
    }
    return this.#indexed(dictionary);
  }

  /** The rows that have a value, ascending. */
  presentRows(): Uint16Array<ArrayBuffer> {
    const rows = new Uint16Array(this.count);
    const { presence } = this;
    if (presence === undefined) return rows.map((_, row) => row);
    let next = 0;
    for (let byte = 0; byte < presence.length; byte += 1) {
      let row = byte * 8;
      for (let bits = presence[byte] ?? 0; bits !== 0; bits >>= 1, row += 1) {
        if ((bits & 1) === 0) continue;
        rows[next] = row;
        next += 1;
      }
    }
    return rows;
  }

  #indexed<V>(dictionary: readonly V[]): Indexed<V> {
    const width = this.#values[0] ?? 0;
    if (width !== 8 && width !== 16) throw this.#damaged(`has indices of ${width} bits`);
    const indices = this.#indices(this.#values.subarray(1), width);
    if (this.count > 0 && largestOf(indices, this.count) >= dictionary.length) {
      throw this.#damaged('has an index beyond its dictionary');
    }
    return { dictionary, indices };
  }

  #indices(run: Buffer, width: 8 | 16): Uint16Array<ArrayBuffer> {
    const { packed, value, at } = runHeader(run);
    const bytes = width >> 3;
    const length = packed ? value * 8 * bytes : bytes;
    const covers = packed ? value === (this.count + 7) >> 3 : value === this.count;
    if (!covers || run.length !== at + length) throw this.#damaged('has indices of other rows');
    if (!packed) {
      const index = width === 8 ? (run[at] ?? 0) : run.readUInt16LE(at);
      return new Uint16Array(this.count).fill(index);
    }
    const packedIndices = run.subarray(at, at + this.count * bytes);
    if (width === 8) return new Uint16Array(packedIndices);
    const indices = new Uint16Array(this.count);
    new Uint8Array(indices.buffer).set(packedIndices);
    return indices;
  }

  /** @param leastBytes that a value takes */
  #dictionaryPage(leastBytes: number): { readonly bytes: Buffer; readonly count: number } {
    const header = this.#dictionary?.header.dictionary_page_header;
    const bytes = this.#dictionary?.bytes ?? Buffer.alloc(0);
    const count = header?.num_values ?? -1;
    if (header?.encoding !== 'PLAIN' || !(count >= 0 && count * leastBytes <= bytes.length)) {
      throw this.#damaged('has no dictionary that fits');
    }
    return { bytes, count };
  }

  #textsIn(bytes: Buffer, count: number): string[] {
    const texts: string[] = [];
    let at = 0;
    for (let index = 0; index < count; index += 1) {
      if (at + 4 > bytes.length) throw this.#damaged('has a text that is cut short');
      const end = at + 4 + bytes.readUInt32LE(at);
      if (end > bytes.length) throw this.#damaged('has a text that is cut short');
      texts.push(bytes.toString('utf8', at + 4, end));
      at = end;
    }
    if (at !== bytes.length) throw this.#damaged('has more than its texts');
    return texts;
  }

  /** The page at `at`, and where it ends. */
  #pageAt(bytes: Buffer, at: number): [Page, number] {
    // A header of flashsim's has some 40 bytes, and no lists or texts.
    const head = bytes.subarray(at, at + 128);
    const reader = { view: new DataView(head.buffer, head.byteOffset, head.length), offset: 0 };
    checkThrift(head);
    const header = parquetHeader(reader);
    const start = at + reader.offset;
    const size = header.compressed_page_size;
    if (!(size >= 0 && size <= bytes.length - start) || size !== header.uncompressed_page_size) {
      throw this.#damaged('has a page that goes beyond it');
    }
    const page = { header, bytes: bytes.subarray(start, start + size) };
    if (header.crc === undefined || crc32(page.bytes) !== header.crc >>> 0) {
      throw this.#damaged('does not match its checksum');
    }
    return [page, start + size];
  }

  #damaged(what: string): Error {
    return new Error(`column ${this.#name} ${what}`);
  }
}

/** Of the first `count` values. (A walk by iterator takes ten times as long.) */
function largestOf(values: Uint16Array, count: number): number {
  let largest = 0;
  for (let row = 0; row < count; row += 1) largest = Math.max(largest, values[row] ?? 0);
  return largest;
}

interface Present {
  readonly count: number;
  readonly bits: PresenceBits;
}

function allOf(rows: number): Present {
  return { count: rows, bits: undefined };
}

/** How many bits of a byte are set. */
const bitCounts = Uint8Array.from({ length: 256 }, (_, byte) => {
  let count = 0;
  for (let rest = byte; rest > 0; rest >>= 1) count += rest & 1;
  return count;
});

/** Definition levels of one bit: one run over all rows. */
function presenceOf(levels: Buffer, rows: number): Present {
  const { packed, value, at } = runHeader(levels);
  const covers = packed ? value === (rows + 7) >> 3 : value === rows;
  if (!covers || levels.length !== at + (packed ? value : 1)) {
    throw new Error('definition levels are of other rows');
  }
  if (!packed) {
    if (levels[at] === 1) return allOf(rows);
    return { count: 0, bits: new Uint8Array((rows + 7) >> 3) };
  }
  const bits = Uint8Array.from(levels.subarray(at));
  const used = rows & 7;
  // What pads the last byte is no row.
  if (used > 0) bits[bits.length - 1] = (bits.at(-1) ?? 0) & ((1 << used) - 1);
  let count = 0;
  for (const byte of bits) count += bitCounts[byte] ?? 0;
  return { count, bits };
}

/** The header of a run of the RLE hybrid: how many groups of eight values, or how often one value. */
function runHeader(bytes: Buffer): {
  readonly packed: boolean;
  readonly value: number;
  readonly at: number;
} {
  let header = 0;
  for (let at = 0; at < 4; at += 1) {
    const byte = bytes[at] ?? 0x80;
    header |= (byte & 0x7f) << (at * 7);
    if (byte < 0x80) return { packed: (header & 1) === 1, value: header >>> 1, at: at + 1 };
  }
  throw new Error('a run has no length');
}
