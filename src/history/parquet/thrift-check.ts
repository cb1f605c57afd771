/**
 * Walks bytes of Thrift's compact protocol without building anything. The parser believes what a list
 * says of its length and makes room for that many; what this lets through can be parsed in memory
 * proportional to its length.
 *
 * @throws Error when a length goes beyond the bytes, or structures are nested deeper than Parquet's
 */
export function checkThrift(bytes: Uint8Array): void {
  new Walker(bytes).struct(0);
}

const maxDepth = 12;

/** Type codes of the compact protocol. */
const types = { stop: 0, true: 1, false: 2, byte: 3, double: 7, binary: 8, list: 9, struct: 12 };

class Walker {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  struct(depth: number): void {
    if (depth > maxDepth) throw new Error('its footer is nested too deep');
    for (;;) {
      const head = this.#byte();
      const type = head & 0x0f;
      if (type === types.stop) return;
      if (head >> 4 === 0) this.#varInt();
      if (type !== types.true && type !== types.false) this.#value(type, depth);
    }
  }

  #value(type: number, depth: number): void {
    if (type === types.struct) this.struct(depth + 1);
    else if (type === types.list) this.#list(depth + 1);
    else if (type === types.binary) this.#skip(this.#varInt());
    else if (type === types.double) this.#skip(8);
    else if (type <= types.byte) this.#skip(1);
    else this.#varInt();
  }

  #list(depth: number): void {
    if (depth > maxDepth) throw new Error('its footer is nested too deep');
    const head = this.#byte();
    const size = head >> 4 === 15 ? this.#varInt() : head >> 4;
    // Every element takes a byte at least.
    if (size > this.#bytes.length - this.#at) throw new Error('its footer has an impossible list');
    for (let index = 0; index < size; index += 1) this.#value(head & 0x0f, depth);
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new Error('its footer ends too early');
    this.#at += 1;
    return byte;
  }

  #skip(count: number): void {
    if (count > this.#bytes.length - this.#at) throw new Error('its footer ends too early');
    this.#at += count;
  }

  #varInt(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new Error('its footer has an impossible number');
  }
}
