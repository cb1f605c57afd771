/** Bytes of HTTP/1.1's grammar that the parser looks for. */
export const byte = {
  tab: 0x09,
  lineFeed: 0x0a,
  carriageReturn: 0x0d,
  space: 0x20,
  comma: 0x2c,
  zero: 0x30,
  nine: 0x39,
  colon: 0x3a,
  semicolon: 0x3b,
  upperA: 0x41,
  upperZ: 0x5a,
  delete: 0x7f,
} as const;

/** 1 for each byte that a field name may hold (RFC 9110 §5.6.2, `tchar`). */
const tokenTable = new Uint8Array(256);
for (const char of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  tokenTable[char.charCodeAt(0)] = 1;
}

/** Whether a field name may hold `code`. */
export function isTokenByte(code: number): boolean {
  return tokenTable[code] === 1;
}

/** Whether a field value, a reason phrase or a chunk extension may hold `code` (RFC 9110 §5.5). */
export function isTextByte(code: number): boolean {
  return code >= byte.space ? code !== byte.delete : code === byte.tab;
}

/** Whether `code` is optional white space. */
export function isBlank(code: number): boolean {
  return code === byte.space || code === byte.tab;
}

/** `text` without blanks at either end. (`trim` would take a no-break space too, which is text.) */
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** Value of a hexadecimal digit, or -1. */
export function hexDigitOf(code: number): number {
  if (code >= byte.zero && code <= byte.nine) return code - byte.zero;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1;
}

const noBytes = Buffer.alloc(0);

/** Bytes collected over several reads. Grows as they come, never by what a server announced. */
export class ByteSink {
  #bytes: Buffer = noBytes;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(source: Buffer, start: number, end: number): void {
    const needed = this.#length + end - start;
    if (needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length, 256));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    source.copy(this.#bytes, this.#length, start, end);
    this.#length = needed;
  }

  /** What was collected; valid until the next {@link append} or {@link clear}. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#bytes = noBytes;
    this.#length = 0;
  }
}

/** A copy of `source[start, end)` that outlives the buffer it was read into. */
export function copyOf(source: Buffer, start: number, end: number): Buffer {
  if (start === end) return noBytes;
  const copy = Buffer.allocUnsafe(end - start);
  source.copy(copy, 0, start, end);
  return copy;
}
