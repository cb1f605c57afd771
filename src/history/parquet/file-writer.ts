import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { ColumnChunk, PageHeader, RowGroup, SchemaElement } from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import { snappyCompress } from 'hyparquet-writer/src/snappy.js';
import type { EncodedColumn } from './encode.ts';
import {
  type ColumnSpec,
  type Kind,
  magic,
  metadataKeys,
  parquetSchemaVersion,
  seal,
} from './layout.ts';

/** What a file says of itself. */
export interface FileIdentity {
  readonly kind: Kind;
  readonly runId: string;
  readonly columns: readonly ColumnSpec[];
}

/** The columns of a row group, in the order of the file's columns. */
export interface EncodedGroup {
  readonly rows: number;
  readonly columns: readonly EncodedColumn[];
}

/**
 * Writes a file in {@link layout}, a row group at a time and giving way to other work in between:
 * beside its place and then moved there, so that no half file is ever seen.
 */
export async function writeParquetFile(
  path: string,
  identity: FileIdentity,
  groups: Iterable<EncodedGroup>,
): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    const file = await open(temporary, 'w');
    try {
      await writeAll(file, identity, groups);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function writeAll(
  file: FileHandle,
  identity: FileIdentity,
  groups: Iterable<EncodedGroup>,
): Promise<void> {
  await file.writeFile(magic);
  let offset = magic.length;
  const rowGroups: RowGroup[] = [];
  for (const group of groups) {
    const { bytes, rowGroup } = laidOut(identity.columns, group, offset);
    await file.writeFile(bytes);
    offset += bytes.length;
    rowGroups.push(rowGroup);
  }
  await file.writeFile(endOf(identity, rowGroups));
}

/** A row group as it stands in the file from `offset` on. */
function laidOut(
  specs: readonly ColumnSpec[],
  { rows, columns }: EncodedGroup,
  offset: number,
): { readonly bytes: Buffer; readonly rowGroup: RowGroup } {
  const parts: Uint8Array[] = [];
  const chunks: ColumnChunk[] = [];
  let total = 0;
  let uncompressed = 0;
  for (const [index, column] of columns.entries()) {
    const spec = specs[index];
    if (spec === undefined) throw new Error(`there is no column ${index}`);
    const written = new ColumnWriter(rows, offset + total);
    const chunk = written.write(spec, column);
    parts.push(...written.parts);
    chunks.push(chunk);
    total += written.length;
    uncompressed += written.uncompressed;
  }
  return {
    bytes: Buffer.concat(parts, total),
    rowGroup: {
      columns: chunks,
      total_byte_size: BigInt(uncompressed),
      num_rows: BigInt(rows),
      total_compressed_size: BigInt(total),
    },
  };
}

/** The pages of one column of a row group. */
class ColumnWriter {
  readonly parts: Uint8Array[] = [];
  length = 0;
  /** Length that the pages would have if they were not compressed. */
  uncompressed = 0;
  readonly #rows: number;
  readonly #offset: number;

  constructor(rows: number, offset: number) {
    this.#rows = rows;
    this.#offset = offset;
  }

  write({ name, type, derived }: ColumnSpec, column: EncodedColumn): ColumnChunk {
    const compress = derived === true;
    const { dictionary } = column;
    if (dictionary !== undefined) this.#writeDictionary(dictionary, compress);
    const dataOffset = this.#offset + this.length;
    this.#writeData(column, compress);
    return {
      file_offset: BigInt(this.#offset),
      meta_data: {
        type,
        encodings: dictionary === undefined ? ['PLAIN'] : ['PLAIN', 'RLE_DICTIONARY'],
        path_in_schema: [name],
        codec: compress ? 'SNAPPY' : 'UNCOMPRESSED',
        num_values: BigInt(this.#rows),
        total_uncompressed_size: BigInt(this.uncompressed),
        total_compressed_size: BigInt(this.length),
        data_page_offset: BigInt(dataOffset),
        ...(dictionary === undefined ? {} : { dictionary_page_offset: BigInt(this.#offset) }),
      },
    };
  }

  #writeDictionary(
    { bytes, count }: { bytes: Uint8Array; count: number },
    compress: boolean,
  ): void {
    const stored = compress ? snappyCompress(bytes) : bytes;
    const header: PageHeader = {
      type: 'DICTIONARY_PAGE',
      uncompressed_page_size: bytes.length,
      compressed_page_size: stored.length,
      crc: crc32(stored) | 0,
      dictionary_page_header: { num_values: count, encoding: 'PLAIN' },
    };
    this.#writePage(header, [stored]);
  }

  #writeData({ levels, values, nulls, dictionary }: EncodedColumn, compress: boolean): void {
    const stored = compress ? snappyCompress(values) : values;
    const header: PageHeader = {
      type: 'DATA_PAGE_V2',
      uncompressed_page_size: levels.length + values.length,
      compressed_page_size: levels.length + stored.length,
      crc: crc32(Buffer.concat([levels, stored])) | 0,
      data_page_header_v2: {
        num_values: this.#rows,
        num_nulls: nulls,
        num_rows: this.#rows,
        encoding: dictionary === undefined ? 'PLAIN' : 'RLE_DICTIONARY',
        definition_levels_byte_length: levels.length,
        repetition_levels_byte_length: 0,
        is_compressed: compress,
      },
    };
    this.#writePage(header, [levels, stored]);
  }

  #writePage(header: PageHeader, contents: readonly Uint8Array[]): void {
    const writer = new ByteWriter(64);
    writePageHeader(writer, header);
    for (const part of [writer.getBytes(), ...contents]) {
      this.parts.push(part);
      this.length += part.length;
    }
    this.uncompressed += writer.offset + header.uncompressed_page_size;
  }
}

/** Seal, footer, its length and the magic number. */
function endOf({ kind, runId, columns }: FileIdentity, rowGroups: RowGroup[]): Uint8Array {
  const schema: SchemaElement[] = [
    { name: 'root', num_children: columns.length },
    ...columns.map(
      ({ name, type, nullable }): SchemaElement => ({
        name,
        type,
        repetition_type: nullable === true ? 'OPTIONAL' : 'REQUIRED',
        ...(type === 'BYTE_ARRAY' ? { converted_type: 'UTF8' } : {}),
      }),
    ),
  ];
  const writer = new ByteWriter();
  writeMetadata(writer, {
    version: 2,
    created_by: 'flashsim',
    schema,
    num_rows: rowGroups.reduce((sum, { num_rows: rows }) => sum + rows, 0n),
    row_groups: rowGroups,
    metadata_length: 0,
    key_value_metadata: [
      { key: metadataKeys.version, value: String(parquetSchemaVersion) },
      { key: metadataKeys.content, value: kind },
      { key: metadataKeys.runId, value: runId },
    ],
  });
  const footerAndLength = writer.getBytes();
  const footer = footerAndLength.subarray(0, -4);
  return Buffer.concat([seal(footer), footerAndLength, magic]);
}
