/** A column of one row group as the bytes of its pages. */
export interface EncodedColumn {
  /** Distinct values, PLAIN; when there, `values` are indices into it. */
  readonly dictionary?: Dictionary;
  /** Which rows have a value (definition levels); empty for a column that has no nulls. */
  readonly levels: Uint8Array;
  readonly values: Uint8Array;
  readonly nulls: number;
}

interface Dictionary {
  readonly bytes: Uint8Array;
  readonly count: number;
}

const noBytes = new Uint8Array(0);

/** The bytes of a typed array, shared. */
export function bytesOfArray(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** A column that every row has a value of, PLAIN. */
export function plain(values: Uint8Array): EncodedColumn {
  return { levels: noBytes, values, nulls: 0 };
}

function varIntOf(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
  return bytes;
}

/** `count` times `value` as one run of the RLE hybrid; `value` takes `width` bits, at most 16. */
function repeated(value: number, count: number, width: number): Uint8Array {
  return Uint8Array.of(...varIntOf(count << 1), value & 0xff, ...(width > 8 ? [value >> 8] : []));
}

/** Packed values as one run of the RLE hybrid; `bytes` is padded to whole groups of eight values. */
function packed(groups: number, bytes: Uint8Array): Uint8Array {
  const header = varIntOf((groups << 1) | 1);
  const run = new Uint8Array(header.length + bytes.length);
  run.set(header);
  run.set(bytes, header.length);
  return run;
}

/** Which of `rows` rows have a value: bit i of the bitmap is row i. */
export class Presence {
  readonly rows: number;
  readonly #bits: Uint8Array;
  #count = 0;

  constructor(rows: number) {
    this.rows = rows;
    this.#bits = new Uint8Array((rows + 7) >> 3);
  }

  get count(): number {
    return this.#count;
  }

  /** Says that `row` has a value; at most once a row. */
  add(row: number): void {
    this.#bits[row >> 3] = (this.#bits[row >> 3] ?? 0) | (1 << (row & 7));
    this.#count += 1;
  }

  /** As definition levels of one bit. */
  levels(): Uint8Array {
    if (this.#count === this.rows || this.#count === 0) {
      return repeated(this.#count === 0 ? 0 : 1, this.rows, 1);
    }
    return packed(this.#bits.length, this.#bits);
  }

  /** A column with the values of the rows that have one. */
  column(values: Uint8Array): EncodedColumn {
    return { levels: this.levels(), values, nulls: this.rows - this.#count };
  }
}

/** Values of 64 bits that are NaN where a row has none. */
export function optionalDoubles(values: Float64Array): EncodedColumn {
  const presence = new Presence(values.length);
  const present = new Float64Array(values.length);
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    present[presence.count] = value;
    presence.add(row);
  }
  return presence.column(bytesOfArray(present.subarray(0, presence.count)));
}

/** Integers below 2^53 as INT64. */
export function int64Bytes(values: ArrayLike<number>): Uint8Array {
  const words = new Int32Array(values.length * 2);
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? 0;
    words[index * 2] = value;
    words[index * 2 + 1] = Math.floor(value / 2 ** 32);
  }
  return bytesOfArray(words);
}

/**
 * Indices into a dictionary, behind the byte that tells their width: a run of one value, or 8 or 16
 * bits each.
 */
function indexBytes(indices: Uint16Array, dictionaryLength: number): Uint8Array {
  const first = indices[0] ?? 0;
  const width = dictionaryLength > 256 ? 16 : 8;
  let run: Uint8Array;
  if (indices.every((index) => index === first)) {
    run = repeated(first, indices.length, width);
  } else {
    const padded = (indices.length + 7) & ~7;
    const values = width === 16 ? new Uint16Array(padded) : new Uint8Array(padded);
    values.set(indices);
    run = packed(padded >> 3, bytesOfArray(values));
  }
  const bytes = new Uint8Array(run.length + 1);
  bytes[0] = width;
  bytes.set(run, 1);
  return bytes;
}

/** Rows by their index in `texts`. Null in the rows that `presence` lacks; `indices` skips those. */
export function dictionaryTexts(
  texts: readonly string[],
  indices: Uint16Array,
  presence?: Presence,
): EncodedColumn {
  return withDictionary({ bytes: textBytes(texts), count: texts.length }, indices, presence);
}

function withDictionary(
  dictionary: Dictionary,
  indices: Uint16Array,
  presence: Presence | undefined,
): EncodedColumn {
  if (indices.length === 0) return presence?.column(noBytes) ?? plain(noBytes);
  return {
    dictionary,
    levels: presence === undefined ? noBytes : presence.levels(),
    values: indexBytes(indices, dictionary.count),
    nulls: presence === undefined ? 0 : presence.rows - presence.count,
  };
}

/** Numbers of 16 bits, few of them distinct. Null in the rows that `presence` lacks. */
export class SmallIntEncoder {
  /** Index in the dictionary, plus 1, by value less the smallest. */
  readonly #indexOf = new Uint32Array(65_537);

  /** @param min the smallest that `values` may be; the largest is `min` + 65,536 */
  encode(values: ArrayLike<number>, min: number, presence?: Presence): EncodedColumn {
    const indices = new Uint16Array(values.length);
    const distinct: number[] = [];
    for (let index = 0; index < values.length; index += 1) {
      const value = values[index] ?? 0;
      let number = this.#indexOf[value - min] ?? 0;
      if (number === 0) {
        distinct.push(value);
        number = distinct.length;
        this.#indexOf[value - min] = number;
      }
      indices[index] = number - 1;
    }
    for (const value of distinct) this.#indexOf[value - min] = 0;
    const bytes = bytesOfArray(Int32Array.from(distinct));
    return withDictionary({ bytes, count: distinct.length }, indices, presence);
  }
}

/** Texts of a column one after the other: each behind its length in bytes, PLAIN. */
export class TextBytes {
  #bytes: Buffer;
  #length = 0;

  /** @param capacity bytes to begin with */
  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  /** Any text. */
  add(text: string): void {
    // UTF-8 takes at most three bytes for a UTF-16 unit.
    this.#ensure(4 + text.length * 3);
    const length = this.#bytes.write(text, this.#length + 4);
    this.#bytes.writeUInt32LE(length, this.#length);
    this.#length += 4 + length;
  }

  /** `prefix` and a whole number, and `suffix` if it is not empty: without making a string. */
  addNumbered(prefix: Uint8Array, number: number, suffix: string): void {
    this.#ensure(4 + prefix.length + 10 + suffix.length);
    const start = this.#length + 4;
    let digits = 1;
    for (let limit = 10; number >= limit; limit *= 10) digits += 1;
    this.#bytes.set(prefix, start);
    const end = start + prefix.length + digits;
    let rest = number;
    for (let at = end - 1; at >= end - digits; at -= 1) {
      const tenth = Math.floor(rest / 10);
      this.#bytes[at] = 0x30 + rest - tenth * 10;
      rest = tenth;
    }
    const length = end - start + this.#bytes.write(suffix, end, 'latin1');
    this.#bytes.writeUInt32LE(length, this.#length);
    this.#length = start + length;
  }

  /** What was added, shared: valid until more is added. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #ensure(size: number): void {
    if (this.#length + size <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + size));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

/** Texts, PLAIN. */
export function textBytes(texts: Iterable<string>): Uint8Array {
  const bytes = new TextBytes(1024);
  for (const text of texts) bytes.add(text);
  return bytes.bytes();
}
