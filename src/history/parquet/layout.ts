import { crc32 } from 'node:zlib';

/**
 * How flashsim lays out its Parquet files. Any Parquet reader reads them; flashsim's own reads no
 * others, because what it judges by must be whole and what it writes is quick to check:
 *
 * - a row group for each chunk of at most 65,536 rows; one data page (version 2) for each column of it;
 * - values PLAIN, or RLE_DICTIONARY with indices of 8 or 16 bits in one run;
 * - a CRC-32 in the header of each page, as the format provides;
 * - {@link seal} between the last page and the footer, where no reader looks: it covers the footer.
 *
 * All machines that Node runs on with typed arrays in this layout are little-endian, as Parquet is.
 */
export const parquetSchemaVersion = 2;

/** What a file holds. */
export type Kind = 'history' | 'ledger';

/** Names in the key-value metadata. */
export const metadataKeys = {
  version: 'flashsim.schema_version',
  content: 'flashsim.content',
  runId: 'flashsim.run_id',
} as const;

/** A column of a file. BYTE_ARRAY columns are UTF-8 text. */
export interface ColumnSpec {
  readonly name: string;
  readonly type: 'BYTE_ARRAY' | 'INT32' | 'INT64' | 'DOUBLE';
  readonly nullable?: boolean;
  /** Written for people who join it with their own tables; compressed, and never read back. */
  readonly derived?: boolean;
}

/** Row numbers in a chunk have 16 bits. */
export const maxGroupRows = 65_536;

/** `PAR1`. */
export const magic = Uint8Array.of(0x50, 0x41, 0x52, 0x31);

const sealMark = Uint8Array.of(0x46, 0x53, 0x43, 0x32);

/** Length of {@link seal}, in bytes. */
export const sealBytes = 8;

/** What stands before the footer: `FSC2` and the CRC-32 of the footer, little-endian. */
export function seal(footer: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(sealBytes);
  bytes.set(sealMark);
  new DataView(bytes.buffer).setUint32(sealMark.length, crc32(footer), true);
  return bytes;
}

/** Whether `bytes` begins as a seal does. */
export function isSeal(bytes: Uint8Array): boolean {
  return sealMark.every((byte, index) => bytes[index] === byte);
}
